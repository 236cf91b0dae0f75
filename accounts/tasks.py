"""The jobs of accounts; each is safe to run twice. Arguments are ids."""

from django.utils import timezone
from django_q.tasks import async_task

from accounts import mail, signing_up, trials


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
