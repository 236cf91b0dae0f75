"""What is kept of the people who sign in, also in the tables of packages that accounts are built on."""

from putler.personal import Basis, Declaration, Personal, Store, Whose

MEMBER = Personal(
    Whose.MEMBER, "to let them in and to write to them", Basis.CONTRACT, "as long as they are a member",
    "with their last membership",
)  # fmt: skip
BUSINESS = Personal(
    Whose.MERCHANT, "to name the business", Basis.CONTRACT, "as long as the account", "with the account"
)
HASH = Personal(
    Whose.MEMBER, "to know them by their password", Basis.CONTRACT, "until it is replaced", "with the user",
    is_exported=False,
)  # fmt: skip
SIGNING_UP = Personal(
    Whose.MEMBER, "to finish signing up", Basis.CONTRACT, "a day", "by a daily job", is_exported=False
)
FACTOR = Personal(
    Whose.MEMBER, "to know them by their second factor", Basis.CONTRACT, "until it is removed", "with the user",
    is_exported=False, is_sealed=True,
)  # fmt: skip
MAIL = Personal(
    Whose.MEMBER, "to send a mail", Basis.CONTRACT, "until a server took it", "once it is sent", is_exported=False,
    is_sealed=True,
)  # fmt: skip
SESSION = Personal(
    Whose.MEMBER, "to keep them signed in", Basis.CONTRACT, "14 days", "at signing out, or by a daily job",
    is_exported=False,
)  # fmt: skip
JOB = Personal(
    Whose.MERCHANT, "to do work later: ids, and how it ended", Basis.CONTRACT, "the newest 250",
    "with the source that it is about", is_exported=False,
)  # fmt: skip

ACTOR = Personal(
    Whose.MEMBER, "to know who did what; by a random id alone", Basis.INTEREST, "two years",
    "with the events, which are never changed: the user it names is erased instead",
)  # fmt: skip

INVITED = Personal(
    Whose.MEMBER, "to ask them to join, and to know whom that was", Basis.CONTRACT, "as long as the account",
    "with the account",
)  # fmt: skip
STAFF = Personal(
    Whose.MEMBER, "to know who of the staff let a trial run on, and why", Basis.INTEREST, "as long as the account",
    "with the account", is_exported=False,
)  # fmt: skip

FIELDS = {
    "accounts.User": Declaration(
        "id public_id is_staff is_active joined_at terms_version privacy_version accepted_at "
        "sessions_ended two_factor_nag_hidden_until",
        {"email": MEMBER, "name": MEMBER, "password": HASH, "last_login": MEMBER},
    ),
    "accounts.Account": Declaration(
        "id public_id base_currency time_zone created_at trial_ends_at purge_delay_days requires_2fa next_currency "
        "next_time_zone week_start fiscal_month number_format date_format trial_told_days",
        {"name": BUSINESS},
    ),
    "accounts.Membership": Declaration(
        "id account public_id role sources joined_at expires_at wants_source_mail wants_team_mail grant scope",
        {"user": MEMBER},
    ),
    "accounts.Invitation": Declaration(
        "id account public_id role sources digest expires_at used_at", {"email": INVITED, "invited_by": INVITED}
    ),
    "accounts.TrialExtension": Declaration(
        "id account days extended_at ends_at", {"reason": STAFF, "extended_by": STAFF}
    ),
    "accounts.SignUp": Declaration(
        "id public_id code_digest tries expires_at terms_version privacy_version accepted_at",
        {"email": SIGNING_UP, "name": SIGNING_UP, "password": SIGNING_UP},
    ),
    "accounts.AuditEvent": Declaration("id public_id account seq at verb subject detail hash", {"actor": ACTOR}),
    "admin.LogEntry": Declaration(
        "id action_time content_type object_id object_repr action_flag change_message", {"user": MEMBER}
    ),
    "accounts.OutgoingMail": Declaration("id public_id tries due_at created_at", {"sealed": MAIL}),
    "account.EmailAddress": Declaration("id verified primary", {"user": MEMBER, "email": MEMBER}),
    "account.EmailConfirmation": Declaration("id created sent key", {"email_address": MEMBER}),
    "auth.Group": Declaration("id name permissions"),
    "auth.Group_permissions": Declaration("id group permission"),
    "auth.Permission": Declaration("id name content_type codename"),
    "contenttypes.ContentType": Declaration("id app_label model"),
    "accounts.Session": Declaration(
        "session_key first_seen last_seen expire_date",
        {"session_data": SESSION, "user": SESSION, "ip": SESSION, "browser": SESSION},
    ),
    "accounts.AuthenticatorApp": Declaration(
        "id public_id confirmed created_at last_step last_used_at throttling_failure_count "
        "throttling_failure_timestamp",
        {"user": MEMBER, "name": MEMBER, "sealed": FACTOR},
    ),
    "accounts.RecoveryCodes": Declaration(
        "id confirmed created_at last_used_at throttling_failure_count throttling_failure_timestamp",
        {"user": MEMBER, "name": MEMBER},
    ),
    "accounts.RecoveryCode": Declaration("id digest sheet used_at"),
    "accounts.DeviceReset": Declaration(
        "id public_id asked_at done_at expires_at", {"user": MEMBER, "asked_by": MEMBER, "reason": MEMBER}
    ),
    "accounts.DeviceResetApproval": Declaration("id at reset", {"by": MEMBER}),
    "accounts.EmailChange": Declaration("id digest expires_at", {"user": MEMBER, "email": SIGNING_UP}),
    "django_q.OrmQ": Declaration("id key lock", {"payload": JOB}),
    "django_q.Task": Declaration(
        "id name func hook group cluster started stopped success attempt_count",
        {"args": JOB, "kwargs": JOB, "result": JOB},
    ),
    "django_q.Success": Declaration(),  # two names for rows of Task
    "django_q.Failure": Declaration(),
    "django_q.Schedule": Declaration(
        "id name func hook args kwargs schedule_type minutes repeats next_run cron task cluster intended_date_kwarg"
    ),
}
STORES: tuple[Store, ...] = ()  # nothing of a source lies here
NOT_OF_A_SOURCE = dict.fromkeys(FIELDS, "of the people who sign in, or a package's own")
