"""The jobs of accounts; each is safe to run twice. Arguments are ids."""

from django.utils import timezone
from django_q.tasks import async_task

from accounts import email_change, mail, second_factor, sessions, signing_up


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


def sweep_sessions() -> None:
    """Forget the sessions that are over, and what nobody finished: new addresses and second factors."""
    now = timezone.now()
    sessions.forget_expired(now=now)
    email_change.forget_expired(now=now)
    second_factor.forget_begun(now=now)
