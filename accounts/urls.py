"""The way in and out; of allauth nothing else has an address."""

from django.conf import settings
from django.urls import path, re_path

from accounts import urls_security, views, views_audit, views_inbox, views_settings, views_sign_up, views_start
from accounts.staff import site as staff

urlpatterns = [
    path("sign-up/", views_sign_up.sign_up, name="account_signup"),
    path("sign-up/confirm/", views_sign_up.confirm, name="confirm_sign_up"),
    path("sign-up/again/", views_sign_up.send_again, name="send_code_again"),
    path("start/", views_start.start, name="start"),
    path("login/", views.sign_in, name="account_login"),
    path("logout/", views.sign_out, name="account_logout"),
    path("password/reset/", views.reset_password, name="account_reset_password"),
    path("password/reset/sent/", views.reset_password_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9a-f]{32})-(?P<key>[0-9a-z-]+)/$",
        views.reset_password_from_key,
        name="account_reset_password_from_key",
    ),
    path("password/reset/done/", views.reset_password_from_key_done, name="account_reset_password_from_key_done"),
    *urls_security.urlpatterns,
    path("settings/", views_settings.settings, name="settings"),
    path("settings/business/", views_settings.business, name="business"),
    path("settings/audit/", views_audit.audit_log, name="audit_log"),
    path("settings/audit/export/", views_audit.export_audit_log, name="export_audit_log"),
    path("terms/", views.terms, name="terms"),
    path("privacy/", views.privacy, name="privacy"),
    path("staff/", staff.urls),
]
if not settings.PRODUCTION:
    urlpatterns += [
        path("inbox/", views_inbox.letters, name="inbox"),
        path("inbox/<uuid:public_id>/", views_inbox.letter, name="inbox_letter"),
    ]
