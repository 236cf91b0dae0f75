"""The way in and out; of allauth nothing else has an address."""

from django.conf import settings
from django.urls import path, re_path

from accounts import (
    urls_security,
    views,
    views_accounts,
    views_audit,
    views_inbox,
    views_invitation,
    views_member,
    views_settings,
    views_sign_up,
    views_start,
    views_team,
)
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
    path("settings/team/", views_team.members, name="team"),
    path("settings/team/leaving/", views_team.leave, name="leave_team"),
    path("settings/team/invitation/", views_team.invite, name="invite"),
    path("settings/team/invitation/<uuid:public_id>/again/", views_team.invite_again, name="invite_again"),
    path("settings/team/invitation/<uuid:public_id>/withdrawal/", views_team.withdraw, name="withdraw_invitation"),
    path("settings/team/<uuid:public_id>/", views_team.member, name="member"),
    path("settings/team/<uuid:public_id>/removal/", views_team.remove, name="remove_member"),
    path("settings/team/<uuid:public_id>/ownership/", views_team.hand_over, name="hand_over"),
    path("settings/profile/", views_member.profile, name="profile"),
    path("settings/notifications/", views_member.notifications, name="notifications"),
    path("settings/trial/", views_member.trial, name="trial"),
    path("accounts/new/", views_accounts.new_account, name="new_account"),
    path("accounts/<uuid:public_id>/", views_accounts.switch_account, name="switch_account"),
    re_path(
        r"^invitation/key/(?P<key>[0-9a-f]{32}-[\w-]{43})/$",
        views_invitation.open_link,
        name="invitation_key",
    ),
    path("invitation/", views_invitation.invitation, name="invitation"),
    path("settings/audit/", views_audit.audit_log, name="audit_log"),
    path("settings/audit/export/", views_audit.export_audit_log, name="export_audit_log"),
    path("terms/", views.terms, name="terms"),
    path("staff/", staff.urls),
]
if not settings.PRODUCTION:
    urlpatterns += [
        path("inbox/", views_inbox.letters, name="inbox"),
        path("inbox/<uuid:public_id>/", views_inbox.letter, name="inbox_letter"),
    ]
