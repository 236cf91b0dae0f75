"""What is kept for a while of the people who sign in."""

from datetime import datetime

from django.db import connection
from django.db.models import Q, QuerySet
from django_q.models import Task

from accounts import sessions
from accounts.models import (
    AuditEvent,
    AuthenticatorApp,
    EmailChange,
    OutgoingMail,
    RecoveryCodes,
    Session,
    SignUp,
    User,
)
from accounts.second_factor import KEPT as HALFWAY
from accounts.signing_up import LIFE
from putler.retention import DAY, YEAR, Kept, Way, rows

FAILURES = 90 * DAY
JOBS = 7 * DAY
LOG = 2 * YEAR
NOWHERE = 7 * DAY
UNSENT = 30 * DAY


def _sessions(now: datetime) -> QuerySet[Session]:
    return Session.objects.filter(Q(expire_date__lte=now) | Q(first_seen__lte=now - sessions.LONGEST))


def _nowhere(now: datetime) -> QuerySet[User]:
    """People who belong to no account and have not been here for a week."""
    gone = Q(last_login=None) | Q(last_login__lte=now - NOWHERE)
    return User.objects.filter(gone, is_staff=False, memberships=None, joined_at__lte=now - NOWHERE)


def _forget_failures(now: datetime) -> None:
    for device in (AuthenticatorApp, RecoveryCodes):
        failed = device.objects.filter(throttling_failure_timestamp__lte=now - FAILURES)
        failed.update(throttling_failure_timestamp=None, throttling_failure_count=0)


def _failures(now: datetime) -> int:
    past = Q(throttling_failure_timestamp__lte=now - FAILURES)
    return sum(device.objects.filter(past).count() for device in (AuthenticatorApp, RecoveryCodes))


def _forget_tries(now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM putler_cache WHERE expires <= %s", [now])


def _tries(now: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM putler_cache WHERE expires <= %s", [now])
        return int(cursor.fetchone()[0])


def _shorten_logs(now: datetime) -> None:
    """Delete events that are older than two years; the database holds to that itself, and notes it in each log."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT account_id FROM public.shorten_audit_logs()")


def _old_events(now: datetime) -> int:
    """Of the staff's log, which stands for all: one function shortens them together."""
    return AuditEvent.objects.filter(account=None, at__lt=now - LOG).count()


RETENTION = (
    Kept("sessions", "Where somebody is signed in", sessions.LONGEST, "the sign-in",
         rows(_sessions), ("accounts.Session",)),
    Kept("sign-ups", "A sign-up without its code", LIFE, "the newest code",
         rows(lambda now: SignUp.objects.filter(expires_at__lte=now)), ("accounts.SignUp",)),
    Kept("nowhere", "People who belong to no account", NOWHERE, "their last sign-in", rows(_nowhere)),
    Kept("addresses", "A new address that nobody confirmed", DAY, "the link",
         rows(lambda now: EmailChange.objects.filter(expires_at__lte=now)), ("accounts.EmailChange",)),
    Kept("enrolments", "A second factor that was left halfway", HALFWAY, "its beginning",
         rows(lambda now: AuthenticatorApp.objects.filter(confirmed=False, created_at__lte=now - HALFWAY))),
    Kept("failures", "Wrong codes of a second factor", FAILURES, "the last of them", Way(_forget_failures, _failures)),
    Kept("tries", "Tries that are counted, by client or address", DAY, "the try", Way(_forget_tries, _tries)),
    Kept("mails", "Mails that no server took, sealed", UNSENT, "when they were written",
         rows(lambda now: OutgoingMail.objects.filter(created_at__lte=now - UNSENT)), ("accounts.OutgoingMail",)),
    Kept("jobs", "Results of jobs", JOBS, "their end", rows(lambda now: Task.objects.filter(stopped__lte=now - JOBS)),
         ("django_q.Task",)),
    Kept("audit-log", "The audit log", LOG, "the deed", Way(_shorten_logs, _old_events), ("accounts.AuditEvent",)),
)  # fmt: skip
