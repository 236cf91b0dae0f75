"""The second factor, fresh proof, and the settings of one's own way in."""

from django.urls import path, re_path

from accounts import views_credentials, views_second_factor, views_security, views_sessions, views_sudo

urlpatterns = [
    path("2fa/", views_second_factor.sign_in, name="second_factor"),
    path("confirm/", views_sudo.sudo, name="sudo"),
    path("settings/security/", views_security.security, name="security"),
    path("settings/security/app/", views_security.add_app, name="second_factor_app"),
    path("settings/security/app/begin/", views_security.begin_app, name="begin_second_factor_app"),
    path("settings/security/app/removal/", views_security.remove_app, name="remove_second_factor"),
    path("settings/security/recovery-codes/", views_security.recovery_codes, name="recovery_codes"),
    path("settings/security/later/", views_security.remind_later, name="remind_of_second_factor_later"),
    path("settings/security/demand/", views_security.demand, name="demand_second_factor"),
    path("settings/password/", views_credentials.password, name="change_password"),
    path("settings/email/", views_credentials.email, name="change_email"),
    path("settings/email/drop/", views_credentials.drop_email, name="drop_email"),
    path("settings/email/use/", views_credentials.use_email, name="use_email"),
    re_path(r"^settings/email/key/(?P<key>[\w-]{43})/$", views_credentials.follow_link, name="confirm_email"),
    path("settings/sessions/", views_sessions.listed, name="sessions"),
    path("settings/sessions/end/", views_sessions.end_others, name="end_other_sessions"),
    path("settings/sessions/<uuid:public_id>/end/", views_sessions.end, name="end_session"),
]
