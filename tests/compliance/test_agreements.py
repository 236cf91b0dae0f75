"""A data processing agreement, from the form to the file with two signatures."""

import hashlib
import re
from datetime import timedelta
from io import BytesIO
from threading import Barrier, Thread
from typing import Any

import pytest
from django.core.cache import cache
from django.db import ProgrammingError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader
from pytest_django import Settings

from accounts.models import AuditEvent, Role, User
from compliance.agreements import flow, measures, transfers, writing
from compliance.documents import Heading, Table
from compliance.models import DpaDocument, DpaRequest, DpaTemplate, SubProcessor
from tests import make, rules
from tests.accounts.conftest import mails
from tests.accounts.factor import Factors
from tests.accounts.factor import factors as factors
from tests.test_rules import named

pytestmark = pytest.mark.django_db
FORM = {
    "company": "Łódź & Söhne <script> GmbH", "address": "Hauptstraße 1, 10115 Berlin", "country": "DE",
    "register_number": "HRB 1", "signatory": "Alice Example", "title": "managing director", "mail": "Alice@Example.com",
    "capacity": "controller", "law": "IE",
}  # fmt: skip
SIGNATURE = {"name": "Alice Example", "intent": "on"}
FINAL, OFFERED = "/dpa/agreement/final.pdf", "/dpa/agreement/offered.pdf"
State = DpaRequest.State


class Road:
    """Both parties before their browsers."""

    def __init__(self, customer: Client, staff: Client) -> None:
        self.customer, self.staff = customer, staff

    @property
    def asked(self) -> DpaRequest:
        return DpaRequest.objects.latest("pk")

    def asks(self, **changed: str) -> int:
        return self.customer.post("/dpa/", FORM | changed).status_code

    def follows(self, client: Client | None = None) -> str:
        """Open the newest link of a mail to the customer; answers the page."""
        letter = next(mail for mail in reversed(mails()) if mail.to == ["alice@example.com"])
        path = re.findall(r"(/dpa/key/\S+)", str(letter.body))[0]
        return (client or self.customer).get(path, follow=True).content.decode()

    def confirms(self) -> int:
        self.follows()
        return self.customer.post("/dpa/agreement/confirmation/").status_code

    def reads(self) -> bytes:
        self.follows()
        return bytes(self.customer.get(OFFERED).content)

    def signs(self, **changed: str) -> int:
        digest = hashlib.sha256(self.reads()).hexdigest()
        return self.sends(digest=digest, **changed)

    def sends(self, **form: str) -> int:
        return self.customer.post("/dpa/agreement/signature/", SIGNATURE | form).status_code

    def staff_takes(self, step: str, **form: str) -> str:
        """Send a form of the staff's page; answers what it says then."""
        url = reverse("admin:compliance_dparequest_review", args=[self.asked.public_id])
        return self.staff.post(url, {"step": step} | form, follow=True).content.decode()

    def goes(self, until: State) -> DpaRequest:
        """Take every step until this state."""
        steps = (
            self.asks,
            self.confirms,
            lambda: self.staff_takes("offer"),
            self.signs,
            lambda: self.staff_takes("countersign", name="Sam Staff", intent="on"),
        )
        order = (State.ASKED, State.CONFIRMED, State.OFFERED, State.SIGNED, State.COMPLETE)
        for step in steps[: order.index(until) + 1]:
            step()
        assert self.asked.state == until
        return self.asked


@pytest.fixture
def road(client: Client, factors: Factors, monkeypatch: pytest.MonkeyPatch) -> Road:
    cache.clear()
    monkeypatch.setattr(measures, "TOPICS", {"Who gets in": ("P1",)})  # as few as will do: printing all takes a second
    sam, staff = make.user("sam"), Client()
    User.objects.filter(pk=sam.pk).update(is_staff=True)
    factors.show(staff, sam)
    make.prove(staff, sam)
    DpaTemplate.objects.update(approved_by="A. Lawyer, 1 March 2026")
    return Road(client, staff)


def text(file: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(file)).pages)


def squeezed(words: str) -> str:
    return "".join(words.split())


def damage(kind: str) -> None:
    """Change one bit of a file, as its owner: the application may not."""
    document = DpaDocument.objects.get(kind=kind)
    content = bytearray(document.content)
    content[len(content) // 2] ^= 1
    document.delete()
    document.pk, document.content = None, bytes(content)
    document.save(force_insert=True)


@pytest.mark.rule("E11")
def test_the_whole_road_ends_with_a_file_that_both_get(road: Road) -> None:
    asked = road.goes(State.COMPLETE)

    to_customer, to_us = mails()[-2:]
    road.follows()
    file = road.customer.get(FINAL).content
    digest = hashlib.sha256(file).hexdigest()
    assert (to_customer.to, to_us.to) == (["alice@example.com"], ["support@127.0.0.1"])
    assert all(digest in squeezed(str(letter.body)) for letter in (to_customer, to_us))
    assert (
        road.staff.get(reverse("admin:compliance_dparequest_document", args=[asked.public_id]) + "?kind=final").content
        == file
    )
    assert not [word for word in ("Alice", "Łódź", "HRB") if any(word in str(letter.body) for letter in mails())]


@pytest.mark.rule("E12")
def test_the_last_page_says_how_it_was_signed(road: Road) -> None:
    asked = road.goes(State.COMPLETE)

    road.follows()
    shown, final = road.customer.get(OFFERED).content, text(road.customer.get(FINAL).content)
    page = squeezed(final[final.index("Evidence of the signatures") :])
    events = AuditEvent.objects.filter(account=None, subject=f"dparequest:{asked.public_id}").order_by("seq")
    assert [event.verb for event in events] == [
        "dpa_asked", "dpa_confirmed", "dpa_offered", "dpa_signed", "dpa_countersigned",
    ]  # fmt: skip
    told = ["Alice Example", "Sam Staff", writing.INTENT, "127.0.0.1", "alice@example.com", "1-IE", "simple electronic"]
    told += [hashlib.sha256(shown).hexdigest(), asked.evidence["signed"]["at"], asked.evidence["confirmed_at"]]
    assert not [word for word in told + [str(event.public_id) for event in events[:4]] if squeezed(word) not in page]


# What may be done in which state: everything else is refused and changes nothing.
POSSIBLE = {
    State.ASKED: {"confirm"},
    State.CONFIRMED: {"offer", "decline"},
    State.OFFERED: {"offer", "sign", "decline"},
    State.SIGNED: {"countersign", "decline"},
    State.COMPLETE: {"send_again"},
    State.DECLINED: set(),
}


@pytest.mark.rule("E11")
def test_each_step_is_possible_in_its_states_alone(road: Road) -> None:
    road.goes(State.SIGNED)
    now, by = timezone.now(), User.objects.get(name="sam")
    hand = flow.Hand("Sam", "127.0.0.1", "A browser", "now")
    pk, digest = road.asked.pk, road.asked.evidence["digest"]
    do: dict[str, Any] = {
        "confirm": lambda: flow.confirm("link", now=now),
        "offer": lambda: flow.offer(pk, now=now),
        "sign": lambda: flow.sign("link", hand, digest=digest, now=now),
        "countersign": lambda: flow.countersign(pk, hand, by=by, now=now),
        "send_again": lambda: flow.send_again(pk, now=now),
        "decline": lambda: flow.decline(pk, now=now),
    }

    for state in State:
        link = {"link_digest": hashlib.sha256(b"link").hexdigest(), "link_expires_at": now + timedelta(days=1)}
        DpaRequest.objects.filter(pk=pk).update(state=state, **link)
        if state == State.COMPLETE:
            empty = hashlib.sha256().hexdigest()
            DpaDocument.objects.create(request_id=pk, kind="final", content=b"", sha256=empty, made_at=now)
        done = set()
        for step, take in do.items():
            point = transaction.savepoint()
            try:
                take()
            except flow.AgreementError:
                assert road.asked.state == state
            else:
                done.add(step)
            transaction.savepoint_rollback(point)
        assert done == POSSIBLE[state], state


@pytest.mark.rule("E11")
def test_the_version_that_was_offered_stays_whatever_comes_later(road: Road) -> None:
    road.goes(State.OFFERED)
    offered = road.reads()
    body = DpaTemplate.current("IE").body | {"title": "Another text"}
    DpaTemplate.objects.create(version="2", law="IE", body=body, approved_by="A. Lawyer")
    SubProcessor.objects.update(name="Somebody else")

    road.staff_takes("offer")
    assert road.reads() == offered
    road.signs()
    road.staff_takes("countersign", name="Sam", intent="on")
    road.follows()
    final = text(road.customer.get(FINAL).content)
    assert ("Another text" in final, "Somebody else" in final, "EuropeanCentralBank" in squeezed(final)) == (
        False,
        False,
        True,
    )


@pytest.mark.rule("E11")
def test_nobody_learns_who_is_known_and_five_an_hour_are_taken(road: Road) -> None:
    make.member(make.account(), make.user("alice"), Role.OWNER)
    known, unknown = (
        road.customer.post("/dpa/", FORM | {"mail": mail}) for mail in ("alice@example.com", "zoe@example.com")
    )

    assert known.content.replace(b"alice@", b"zoe@") == unknown.content
    assert [road.asks() for _ in range(4)] == [200, 200, 200, 429]
    assert road.asks(country="XX") == 422


def test_it_is_noted_from_which_account_an_owner_asks(road: Road) -> None:
    account = make.account()
    make.member(account, make.user("alice"), Role.OWNER)
    make.member(account, make.user("bob"), Role.VIEWER)

    for name, noted in (("alice", account.public_id), ("bob", None)):
        road.customer.force_login(User.objects.get(name=name))
        assert (road.asks(), road.asked.account) == (200, noted)


@pytest.mark.rule("E11")
def test_staff_enter_a_request_that_came_by_mail(road: Road) -> None:
    answer = road.staff.post("/staff/compliance/dparequest/enter/", FORM)

    assert (answer.status_code, road.asked.state) == (302, State.ASKED)
    assert road.asked.entered_by == User.objects.get(name="sam").public_id
    assert road.confirms() == 200


@pytest.mark.rule("E13")
def test_nobody_is_asked_to_sign_a_draft(road: Road) -> None:
    DpaTemplate.objects.update(approved_by="")
    road.goes(State.CONFIRMED)

    assert "The text is a draft" in road.staff_takes("offer")
    assert (road.asked.state, road.asked.template) == (State.CONFIRMED, None)


def test_an_agreement_names_both_parties(road: Road, settings: Settings) -> None:
    settings.OPERATOR = dict.fromkeys(settings.OPERATOR, "")
    road.goes(State.CONFIRMED)

    assert "Set OPERATOR_NAME" in road.staff_takes("offer")


@pytest.mark.rule("E12")
def test_a_link_is_good_for_fourteen_days_and_one_signature(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    road.goes(State.OFFERED)
    day_before, after = (timezone.now() + timedelta(days=14, minutes=late) for late in (-1, 1))

    monkeypatch.setattr("compliance.views_agreements.timezone.now", lambda: after)
    assert "no longer good" in road.follows()
    monkeypatch.setattr("compliance.views_agreements.timezone.now", lambda: day_before)
    assert (road.signs(), road.signs()) == (200, 404)
    assert [verb for verb in AuditEvent.objects.values_list("verb", flat=True) if verb == "dpa_signed"] == [
        "dpa_signed"
    ]


@pytest.mark.rule("E12")
@pytest.mark.parametrize(
    "form", [{}, {"digest": "0" * 64}, {"digest": "right", "name": ""}, {"digest": "right", "intent": ""}], ids=str
)
def test_there_is_no_signature_without_name_intention_and_the_file_that_was_read(
    road: Road, form: dict[str, str]
) -> None:
    road.goes(State.OFFERED)
    right = hashlib.sha256(road.reads()).hexdigest()
    road.staff_takes("offer")  # another link: the one that was followed is worth nothing
    road.follows()

    assert road.sends(**{name: right if value == "right" else value for name, value in form.items()}) == 422
    assert road.asked.state == State.OFFERED


@pytest.mark.rule("E12")
def test_a_browser_that_was_not_given_the_file_signs_nothing(road: Road) -> None:
    road.goes(State.OFFERED)
    digest = DpaDocument.objects.get().sha256
    road.follows()

    assert road.sends(digest=digest) == 422
    road.customer.get(OFFERED)
    assert road.sends(digest=digest) == 200


@pytest.mark.rule("E12")
def test_a_file_with_one_changed_bit_is_refused_to_everybody(road: Road) -> None:
    asked = road.goes(State.COMPLETE)
    road.follows()
    url = reverse("admin:compliance_dparequest_document", args=[asked.public_id])

    for kind in ("offered", "final"):
        damage(kind)
        answers = [road.customer.get(f"/dpa/agreement/{kind}.pdf"), road.staff.get(f"{url}?kind={kind}")]
        assert [answer.status_code for answer in answers] == [409, 409]
        assert all("digest differs" in answer.content.decode() for answer in answers)


@pytest.mark.rule("E12")
def test_what_was_offered_cannot_be_exchanged_with_its_digest(road: Road) -> None:
    road.goes(State.SIGNED)
    damage("offered")
    document = DpaDocument.objects.get()
    document.delete()
    document.pk, document.sha256 = None, hashlib.sha256(document.content).hexdigest()
    document.save(force_insert=True)

    assert "digest differs" in road.staff_takes("countersign", name="Sam", intent="on")
    assert road.asked.state == State.SIGNED


@pytest.mark.rule("E12")
def test_the_application_alters_no_file(road: Road) -> None:
    road.goes(State.OFFERED)

    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        DpaDocument.objects.update(sha256="0" * 64)


@pytest.mark.rule("E11")
@pytest.mark.rule("P11")
def test_staff_see_and_sign_agreements_after_fresh_proof_alone(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, admin = road.goes(State.SIGNED), "admin:compliance_"
    urls = [reverse(f"{admin}dparequest_{page}", args=[asked.public_id]) for page in ("review", "document")]
    urls += [reverse(f"{admin}{model}_enter") for model in ("dparequest", "subprocessor", "hostingstatement")]
    road.customer.force_login(make.user("nobody"))
    assert {road.customer.get(url).status_code for url in urls} == {403}
    assert all(Client().get(url)["Location"].startswith("/login/") for url in urls)

    late = timezone.now() + timedelta(seconds=601)
    monkeypatch.setattr("accounts.sudo.timezone.now", lambda: late)
    assert [road.staff.post(url, {"step": "countersign"})["Location"] for url in urls] == [
        f"/confirm/?next={url}" for url in urls
    ]
    assert road.asked.state == State.SIGNED


@pytest.mark.rule("E12")
@pytest.mark.django_db(transaction=True)
def test_of_two_signatures_at_once_one_counts(road: Road) -> None:
    road.goes(State.OFFERED)
    digest = hashlib.sha256(road.reads()).hexdigest()
    link, both, done = road.customer.session["agreement"], Barrier(2), []

    def sign(name: str) -> None:
        both.wait()
        try:
            flow.sign(link, flow.Hand(name, "127.0.0.1", "A browser", "now"), digest=digest, now=timezone.now())
            done.append(name)
        except flow.AgreementError:
            pass
        connection.close()

    threads = [Thread(target=sign, args=[name]) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [road.asked.evidence["signed"]["name"]] == done


def test_old_requests_are_forgotten(road: Road) -> None:
    road.goes(State.COMPLETE)
    road.asks()
    now = timezone.now()

    for days, left in ((13, 2), (15, 1), (6 * 365, 1), (6 * 365 + 3, 0)):
        flow.forget_old(now=now + timedelta(days=days))
        assert DpaRequest.objects.count() == left


# What Article 28(3) and this contract ask of every version.
CLAUSES = {
    "subject_matter", "duration", "nature", "purpose", "data_types", "data_subjects", "28_3_a", "28_3_b", "28_3_c",
    "28_3_d", "28_3_e", "28_3_f", "28_3_g", "28_3_h", "breach", "liability", "law",
}  # fmt: skip


@pytest.mark.rule("E13")
def test_every_version_has_every_clause_and_prints_it(road: Road) -> None:
    for template in DpaTemplate.objects.all():
        written = text(road.customer.get(f"/dpa/text/{template.law}/").content)
        clauses = {clause["id"]: clause for clause in template.body["clauses"]}

        assert CLAUSES == clauses.keys()
        assert not [
            one for one in clauses.values() for words in one["paragraphs"] if squeezed(words) not in squeezed(written)
        ]
        assert [f"Annex {number}" in written for number in ("I:", "II:", "III:", "IV:", "V:")] == [True] * 5
        assert "{" not in written


@pytest.mark.rule("E13")
def test_a_draft_says_so_on_every_page_and_on_the_site(road: Road) -> None:
    DpaTemplate.objects.filter(law="GB").update(approved_by="")

    for law, is_draft in (("GB", True), ("IE", False)):
        pages = PdfReader(BytesIO(road.customer.get(f"/dpa/text/{law}/").content)).pages
        assert {page.extract_text().startswith("DRAFT") for page in pages} == {is_draft}
    assert road.customer.get("/dpa/").content.decode().count('<span class="tag warn">Draft</span>') == 1


@pytest.mark.rule("E13")
def test_every_measure_that_is_promised_is_proved() -> None:
    promised = {number for numbers in measures.TOPICS.values() for number in numbers}
    proofs = {rule: [test for test in tests if rules.is_of_security(rule, test)] for rule, tests in named().items()}

    assert not {number for number in promised if not proofs.get(number)}
    assert not promised & rules.owed().keys()
    assert promised <= measures.proved().keys()
    assert promised == {row[0] for part in measures.annex() if isinstance(part, Table) for row in part.rows}


@pytest.mark.rule("E13")
@pytest.mark.parametrize(
    ("country", "capacity", "operator", "attached"),
    [
        ("DE", "controller", "IE", []),
        ("DE", "controller", "US", ["Module Two"]),
        ("DE", "processor", "IN", ["Module Three"]),
        ("GB", "controller", "IE", []),
        ("GB", "controller", "US", ["Module Two", "Addendum"]),
        ("CH", "controller", "US", ["Module Two"]),
        ("FR", "controller", "JP", []),
        ("US", "controller", "IN", []),
        ("DE", "controller", "", ["Module Two"]),
    ],
)
def test_transfers_bring_the_annexes_that_they_need(
    country: str, capacity: str, operator: str, attached: list[str]
) -> None:
    parts = transfers.annexes(country=country, capacity=capacity, operator=operator)
    said = " ".join(part.text for part in parts if not isinstance(part, Heading))  # type: ignore[union-attr]

    assert [word for word in ("Module Two", "Module Three", "Addendum") if word in said] == attached
