"""Who may ask for an erasure, and how they prove it; a mail alone moves nothing."""

from datetime import timedelta
from http import HTTPStatus

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account, AuditEvent, Role, User
from compliance import asking, erasing
from compliance.models import ErasureRequest, ExportRequest
from datasources.models import Customer, DataSource
from putler.tenancy import tenant
from tests import make
from tests.accounts.conftest import mails
from tests.accounts.factor import Factors
from tests.accounts.factor import factors as factors
from tests.make import NOW, movement

pytestmark = [pytest.mark.django_db, pytest.mark.rule("E2")]
ENTER = "/staff/compliance/erasurerequest/enter/"


@pytest.fixture
def account() -> Account:
    account = make.account("Shop")
    make.member(account, make.user("alice"), Role.OWNER)
    make.post(make.source(account, "stripe"), movement(customer="ann@example.com", country="DE"))
    return account


@pytest.fixture
def alice(account: Account, client: Client) -> User:
    user = User.objects.get(email="alice@example.com")
    client.force_login(user)
    make.prove(client, user)
    return user


@pytest.fixture
def sam(factors: Factors) -> Client:
    """Give the browser of one of the staff."""
    user, browser = make.user("sam"), Client()
    user.is_staff = True
    user.save()
    factors.show(browser, user)
    make.prove(browser, user)
    return browser


def enter(sam: Client, how: str, kind: str = "user", address: str = "alice@example.com") -> str:
    answer = sam.post(ENTER, {"address": address, "kind": kind, "how": how})
    assert answer.status_code == HTTPStatus.FOUND
    return str(sam.get(answer["Location"]).content)


def newest() -> tuple[list[str], str]:
    mail = mails()[-1]
    return mail.to, str(mail.body)


def path_in(text: str) -> str:
    link = next(word for word in text.split() if word.startswith("http"))
    return link.removeprefix("http://127.0.0.1:8000")


def test_a_mail_from_the_address_on_file_gets_a_link_there_that_needs_proof(
    account: Account, sam: Client, client: Client
) -> None:
    enter(sam, "same", "account")
    [request] = ErasureRequest.objects.all()
    to, body = newest()
    assert (to, request.due_at, request.verified_how) == (["alice@example.com"], None, "")

    link, alice = path_in(body), User.objects.get(email="alice@example.com")
    assert client.get(link)["Location"].startswith("/login/")
    client.force_login(alice)
    assert client.get(link)["Location"].startswith("/confirm/")
    make.prove(client, alice)
    assert client.get(link)["Location"] == reverse("close_account")
    client.post(reverse("close_account"), {"name": "Shop", "when": "later"})

    request.refresh_from_db()
    assert (request.verified_how, request.due_at is not None) == ("password", True)


def test_the_link_is_nothing_to_somebody_else(account: Account, sam: Client, client: Client) -> None:
    enter(sam, "same")
    charlie = make.user("charlie")
    client.force_login(charlie)
    make.prove(client, charlie)

    assert client.get(path_in(newest()[1])).status_code == HTTPStatus.NOT_FOUND


def test_another_address_gets_nothing_and_the_one_on_file_a_notice(account: Account, sam: Client) -> None:
    said = enter(sam, "other")

    assert newest()[0] == ["alice@example.com"]
    assert "told nothing and got nothing" in newest()[1]
    assert (ErasureRequest.objects.count(), ExportRequest.objects.count()) == (0, 0)
    assert "If the address is on file" in said
    count = len(mails())
    enter(sam, "other", address="nobody@example.com")
    assert len(mails()) == count


def test_without_the_address_it_waits_72_hours_for_an_objection(account: Account, sam: Client, client: Client) -> None:
    make.member(account, make.user("bob"), Role.VIEWER)
    enter(sam, "lost", address="bob@example.com")
    [request] = ErasureRequest.objects.all()
    assert newest()[0] == ["bob@example.com"]
    due_at = request.due_at
    assert due_at is not None
    assert due_at - request.asked_at >= timedelta(hours=71, minutes=59)

    assert erasing.run(request.pk, clock=lambda: due_at - timedelta(seconds=1)) is None
    assert erasing.run(request.pk, clock=lambda: due_at) is not None
    assert not User.objects.filter(email="bob@example.com").exists()


def test_whoever_reads_the_notice_stops_it(account: Account, sam: Client, client: Client) -> None:
    enter(sam, "lost", "account")
    link = path_in(newest()[1])
    client.get(link)
    assert ErasureRequest.objects.get().cancelled_at is None

    client.post(link)

    assert ErasureRequest.objects.get().cancelled_at is not None
    assert erasing.waiting(now=NOW + timedelta(days=900)) == []


def test_without_the_address_nobody_gets_data(account: Account, sam: Client) -> None:
    answer = sam.post(ENTER, {"address": "alice@example.com", "kind": "copy", "how": "lost"})

    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert not ExportRequest.objects.exists()


def test_a_source_asked_for_by_mail_is_chosen_and_deleted_at_once(
    account: Account, alice: User, sam: Client, client: Client
) -> None:
    enter(sam, "same", "source")
    with tenant(account.pk):
        source = account.sources.get()
    client.post(path_in(newest()[1]), {"source": str(source.public_id)})
    [request] = ErasureRequest.objects.all()
    done = erasing.run(request.pk)

    assert done is not None
    assert (done.is_clean, done.verified_how, (done.before or {})["Rows of the ledger"]) == (True, "password", 2)
    with tenant(account.pk):
        assert not DataSource.objects.exists()


def test_what_nobody_proved_is_dropped_after_a_month(account: Account, sam: Client) -> None:
    enter(sam, "same")
    [request] = ErasureRequest.objects.all()

    erasing.drop_unproved(now=request.asked_at + timedelta(days=29))
    assert ErasureRequest.objects.get().cancelled_at is None
    erasing.drop_unproved(now=request.asked_at + timedelta(days=30))
    assert ErasureRequest.objects.get().cancelled_at is not None


@pytest.mark.rule("E5")
def test_a_page_says_what_goes_before_it_does_and_no_address_stands_in_a_url(
    account: Account, alice: User, client: Client
) -> None:
    url = reverse("erase_subject")
    plan = client.post(url, {"words": "ann@example.com"})
    assert "What stays" in plan.content.decode()
    with tenant(account.pk):
        assert Customer.objects.filter(email="ann@example.com").exists()

    answer = client.post(url, {"words": "ann@example.com", "confirmed": "yes"})

    assert "ann" not in answer["Location"]
    [request] = ErasureRequest.objects.all()
    assert erasing.run(request.pk) is not None
    page = client.get(answer["Location"]).content.decode()
    assert ("ann@example.com" in page, "Nothing of it is left" in page) == (False, True)


@pytest.mark.rule("E5")
def test_a_provider_may_order_it(account: Account) -> None:
    with tenant(account.pk):
        customer = account.customers.get()
    asked = asking.of_provider(
        account, customer.public_id, ErasureRequest.Kind.SUBJECT, told="ann@example.com", now=NOW
    )
    done = erasing.run(asked.pk, clock=lambda: NOW)

    assert done is not None
    assert (done.asked_by, done.verified_how, done.is_clean) == ("provider", "provider", True)


@pytest.mark.rule("A1")
def test_both_logs_tell_of_it_without_a_word_of_whom(account: Account, alice: User, client: Client) -> None:
    client.post(reverse("erase_subject"), {"words": "ann@example.com", "confirmed": "yes"})
    erasing.run(ErasureRequest.objects.get().pk)
    client.post(reverse("ask_export"), {"kind": "account"})

    with tenant(account.pk):
        events = list(AuditEvent.objects.filter(account=account).values_list("verb", "subject", "detail"))
    assert [verb for verb, _, _ in events if verb in {"erasure_asked", "erasure_done", "exported"}] == [
        "erasure_asked",
        "erasure_done",
        "exported",
    ]
    assert "ann@" not in str(events)


def test_certificates_are_of_what_is_done_and_open_for_who_has_the_link(
    account: Account, alice: User, client: Client
) -> None:
    client.post(reverse("erase_subject"), {"words": "ann@example.com", "confirmed": "yes"})
    [request] = ErasureRequest.objects.all()
    names = ("certificate", "certificate_json", "certificate_pdf")
    assert [Client().get(reverse(name, args=[request.public_id])).status_code for name in names] == [404] * 3
    erasing.run(request.pk)

    page, as_json, as_pdf = (Client().get(reverse(name, args=[request.public_id])) for name in names)
    assert "Certificate of erasure" in page.content.decode()
    assert as_json.json()["certificate"] == str(request.public_id)
    assert as_pdf.content.startswith(b"%PDF")
