"""The outbox: mails are rows in the sender's own transaction, sealed, and gone once a mail server took them.

A mail may be sent twice (a worker that dies between the server's answer and its own commit), never lost.
"""

import json
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from smtplib import SMTPException
from typing import Final

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend
from django.db import transaction
from django.utils import timezone
from django_q.tasks import async_task

from accounts.models import OutgoingMail
from putler import sealing
from putler.kernel.encryption import SealError

log = logging.getLogger(__name__)
PATIENCE: Final = timedelta(minutes=2)  # after which the sweep takes a mail for forgotten
PAUSES: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 60, 180, 360, 720))
TASK: Final = "accounts.tasks.send_mail"


class Outbox(BaseEmailBackend):
    """Django's door to the outbox: what is handed in here is written down and sent by a job.

    It carries text and HTML; attachments and headers of one's own are left out.
    """

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        with transaction.atomic():
            for message in email_messages:
                _post(message)
        return len(email_messages)


def _post(message: EmailMessage) -> None:
    mail = OutgoingMail(due_at=timezone.now() + PATIENCE)
    alternatives = getattr(message, "alternatives", [])
    content = {
        "from": message.from_email,
        "to": message.recipients(),
        "subject": " ".join(message.subject.splitlines()),
        "text": message.body,
        "html": next((str(content) for content, kind in alternatives if kind == "text/html"), ""),
    }
    mail.sealed = sealing.sealed(mail, "sealed", json.dumps(content))
    mail.save()
    transaction.on_commit(partial(async_task, TASK, mail.pk, cluster="short"))


def deliver(mail_id: int, *, now: datetime) -> None:
    """Hand one mail to the server; what it does not take waits for a later try. Two workers never send one at once."""
    with transaction.atomic():
        mail = OutgoingMail.objects.select_for_update(skip_locked=True).filter(pk=mail_id).first()
        if mail is None:
            return
        try:
            _server().send_messages([opened(mail)])
        except (OSError, SMTPException, SealError, ValueError) as error:
            _put_off(mail, error, now=now)
        else:
            mail.delete()


def due(*, now: datetime) -> list[int]:
    """The ids of mails whose time has come and that are not given up, oldest first."""
    mails = OutgoingMail.objects.filter(due_at__lte=now, tries__lte=len(PAUSES)).order_by("due_at")
    return list(mails.values_list("pk", flat=True)[:200])


def _put_off(mail: OutgoingMail, error: Exception, *, now: datetime) -> None:
    """Note a failed try; of the error only its class is told, for its words may hold the address."""
    is_last = mail.tries >= len(PAUSES)
    mail.due_at = now + PAUSES[min(mail.tries, len(PAUSES) - 1)]
    mail.tries += 1
    mail.save(update_fields=["due_at", "tries"])
    said = "given up" if is_last else "put off"
    log.warning("A mail is %s", said, extra={"mail": str(mail), "tries": mail.tries, "error": type(error).__name__})


def opened(mail: OutgoingMail) -> EmailMessage:
    """What the mail says. Raises SealError."""
    content = json.loads(sealing.opened(mail, "sealed"))
    message = EmailMultiAlternatives(content["subject"], content["text"], content["from"], content["to"])
    if content["html"]:
        message.attach_alternative(content["html"], "text/html")
    return message


def _server() -> EmailBackend:
    server = settings.EMAIL_SERVER
    return EmailBackend(
        host=server.host,
        port=server.port,
        username=server.user,
        password=server.password,
        use_tls=server.security == "starttls",
        use_ssl=server.security == "tls",
        timeout=settings.EMAIL_TIMEOUT,
    )
