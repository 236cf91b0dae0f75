"""The outbox: sealed while a mail waits, gone once it was taken, put off while the server is away."""

import json
import logging
import socket
import time
from datetime import timedelta
from email import message_from_bytes
from email.policy import default as policy
from pathlib import Path
from threading import Event, Thread

import pytest
from django.core.mail import send_mail
from django.db import connection, transaction
from django.utils import timezone
from django_q.models import OrmQ, Schedule
from pytest_django import Settings

from accounts import letters, mail, tasks
from accounts.models import OutgoingMail
from putler.environment import MailServer
from putler.kernel.encryption import SealError
from tests.accounts.conftest import mails

pytestmark = pytest.mark.django_db
TO = "nora@example.com"


@pytest.fixture
def away(settings: Settings) -> None:
    """No mail server listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        settings.EMAIL_SERVER = MailServer("127.0.0.1", free.getsockname()[1], "", "", "")


def arrived(folder: Path) -> list[Path]:
    """What is in the inbox, once something is."""
    deadline = time.monotonic() + 10
    while not (found := sorted(folder.glob("[!.]*.eml"))) and time.monotonic() < deadline:
        time.sleep(0.02)
    return found


def test_a_server_gets_text_first_and_html_beside_it(sink: Path) -> None:
    letters.send(letters.code("12345678"), to=TO)

    tasks.send_mail(OutgoingMail.objects.get().pk)

    [path] = arrived(sink)
    message = message_from_bytes(path.read_bytes(), policy=policy)
    assert (message["To"], message["Subject"]) == (TO, "Your code for Putler")
    assert message["From"] == "Putler <no-reply@127.0.0.1>"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert ["1234 5678" in part.get_content() for part in message.iter_parts()] == [True, True]


def test_a_mail_that_was_taken_is_gone(sink: Path) -> None:
    letters.send(letters.unknown(), to=TO)
    mail_id = OutgoingMail.objects.get().pk

    tasks.send_mail(mail_id)
    tasks.send_mail(mail_id)

    assert not OutgoingMail.objects.exists()
    assert len(arrived(sink)) == 1


@pytest.mark.rule("C7")
def test_a_waiting_mail_is_sealed_for_its_row() -> None:
    letters.send(letters.code("12345678"), to=TO)
    row = OutgoingMail.objects.get()
    letters.send(letters.unknown(), to=TO)
    other = OutgoingMail.objects.exclude(pk=row.pk).get()

    assert not [word for word in (TO, "1234", "Putler") if word in row.sealed]
    other.sealed = row.sealed
    with pytest.raises(SealError):
        mail.opened(other)


def test_a_mail_belongs_to_the_transaction_that_wrote_it() -> None:
    with transaction.atomic():
        letters.send(letters.unknown(), to=TO)
        transaction.set_rollback(True)

    assert not OutgoingMail.objects.exists()


@pytest.mark.rule("X6")
def test_a_subject_has_one_line() -> None:
    send_mail("One\r\nBcc: eve@example.com", "text", None, [TO])

    assert mails()[0].message()["Subject"] == "One Bcc: eve@example.com"


@pytest.mark.usefixtures("away")
def test_a_mail_that_no_server_takes_is_put_off_for_longer_and_longer() -> None:
    letters.send(letters.unknown(), to=TO)
    now, pauses = timezone.now(), []
    for _ in range(4):
        mail.deliver(OutgoingMail.objects.get().pk, now=now)
        pauses.append(OutgoingMail.objects.get().due_at - now)

    assert pauses == [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60)]


@pytest.mark.usefixtures("away")
@pytest.mark.rule("P5")
def test_of_a_failure_only_the_mails_id_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    letters.send(letters.code("12345678"), to=TO)
    row = OutgoingMail.objects.get()

    with caplog.at_level(logging.DEBUG):
        mail.deliver(row.pk, now=timezone.now())

    said = json.dumps([vars(record) for record in caplog.records], default=str)
    assert str(row.public_id) in said
    assert not [word for word in (TO, "1234 5678") if word in said]


@pytest.mark.usefixtures("away")
def test_after_many_tries_a_mail_stays_and_is_tried_no_more(caplog: pytest.LogCaptureFixture) -> None:
    letters.send(letters.unknown(), to=TO)
    later = timezone.now() + timedelta(days=9)
    while due := mail.due(now=later):
        mail.deliver(due[0], now=later - timedelta(days=2))

    assert OutgoingMail.objects.get().tries == len(mail.PAUSES) + 1
    assert "given up" in caplog.text


def test_the_sweep_rings_for_what_is_due_and_nothing_else() -> None:
    for _ in range(3):
        letters.send(letters.unknown(), to=TO)
    lost, *_ = OutgoingMail.objects.order_by("pk")
    OutgoingMail.objects.filter(pk=lost.pk).update(due_at=timezone.now())
    tasks.send_due_mail()

    assert [(job.key, job.task["args"]) for job in OrmQ.objects.all()] == [("short", (lost.pk,))]
    assert Schedule.objects.get(func="accounts.tasks.send_due_mail").minutes == 1


@pytest.mark.django_db(transaction=True)
def test_a_mail_that_is_being_sent_is_left_alone(sink: Path) -> None:
    letters.send(letters.unknown(), to=TO)
    mail_id, held, done = OutgoingMail.objects.get().pk, Event(), Event()

    def hold() -> None:
        with transaction.atomic():
            OutgoingMail.objects.select_for_update().get(pk=mail_id)
            held.set()
            done.wait(10)
        connection.close()

    holder = Thread(target=hold)
    holder.start()
    held.wait(10)
    tasks.send_mail(mail_id)
    done.set()
    holder.join()

    assert OutgoingMail.objects.filter(pk=mail_id).exists()
