"""The jobs of accounts; each is safe to run twice. Arguments are ids."""

from datetime import UTC, timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django_q.tasks import async_task

from accounts import chains, email_change, letters, mail, second_factor, sessions, signing_up, trials


def send_mail(mail_id: int) -> None:
    """Hand one mail to the mail server."""
    mail.deliver(mail_id, now=timezone.now())


def send_due_mail() -> None:
    """Ring for mails that a server refused for a while, or whose job got lost."""
    for mail_id in mail.due(now=timezone.now()):
        async_task(send_mail, mail_id, cluster="short")


def sweep_sign_ups() -> None:
    """Forget the sign-ups that nobody confirmed in time."""
    signing_up.forget_expired(now=timezone.now())


def tell_of_trials() -> None:
    """Tell owners of trials that end soon, or that have ended."""
    trials.tell_of_ends(now=timezone.now())


def sweep_sessions() -> None:
    """Forget the sessions that are over, and what nobody finished: new addresses and second factors."""
    now = timezone.now()
    sessions.forget_expired(now=now)
    email_change.forget_expired(now=now)
    second_factor.forget_begun(now=now)


def mail_audit_seal() -> None:
    """Send the seal of yesterday's audit logs out of the house, where whoever cuts a log cannot change it."""
    day = (timezone.now().astimezone(UTC) - timedelta(days=1)).date()
    letters.send(letters.audit_seal(day, chains.seal(day)), to=settings.SECURITY_EMAIL)


def shorten_audit_logs() -> None:
    """Delete events that are older than two years; the database holds to that itself, and notes it in each log."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT account_id FROM public.shorten_audit_logs()")
