"""The jobs of accounts; each is safe to run twice. Arguments are ids."""

from datetime import UTC, timedelta

from django.conf import settings
from django.utils import timezone
from django_q.tasks import async_task

from accounts import chains, letters, mail, trials


def send_mail(mail_id: int) -> None:
    """Hand one mail to the mail server."""
    mail.deliver(mail_id, now=timezone.now())


def send_due_mail() -> None:
    """Ring for mails that a server refused for a while, or whose job got lost."""
    for mail_id in mail.due(now=timezone.now()):
        async_task(send_mail, mail_id, cluster="short")


def tell_of_trials() -> None:
    """Tell owners of trials that end soon, or that have ended."""
    trials.tell_of_ends(now=timezone.now())


def mail_audit_seal() -> None:
    """Send the seal of yesterday's audit logs out of the house, where whoever cuts a log cannot change it."""
    day = (timezone.now().astimezone(UTC) - timedelta(days=1)).date()
    letters.send(letters.audit_seal(day, chains.seal(day)), to=settings.SECURITY_EMAIL)
