"""The way to a signed agreement in a browser, and the register: nothing to complain about."""

import re

from django.conf import settings
from django.test import Client
from playwright.sync_api import expect

from accounts import mail
from accounts.models import OutgoingMail, User
from compliance.models import DpaRequest, DpaTemplate
from tests import make
from tests.accounts.factor import Factors
from tests.accounts.factor import factors as factors
from tests.browser.conftest import OWNER, Visitor

FORM = {
    "Company": "Łódź & Söhne GmbH", "Address": "Hauptstraße 1, 10115 Berlin", "Register number": "HRB 1",
    "Who signs": "Nora Example", "As what they sign": "managing director", "Their e-mail address": "nora@example.com",
}  # fmt: skip


def link(visitor: Visitor, to: str = "nora@example.com") -> str:
    """The path of the link in the newest mail to somebody."""
    letters = [mail.opened(row) for row in OutgoingMail.objects.order_by("-pk")]
    letter = next(each for each in letters if each.to == [to])
    return str(re.findall(r"(/dpa/key/\S+)", str(letter.body))[0])


def staffed(visitor: Visitor, factors: Factors) -> Client:
    """The staff's browser, beside the visitor's own."""
    client, sam = Client(), make.user("sam")
    User.objects.filter(pk=sam.pk).update(is_staff=True)
    factors.show(client, sam)
    make.prove(client, sam)
    return client


def asks(looking: Visitor) -> None:
    """Fill in the form, which says first what it lacks."""
    page = looking.page
    looking.open("/dpa/")
    page.get_by_role("button", name="Ask for the agreement").click()
    looking.inspect_this()
    looking.complaints.clear()  # of the status that says that the form was empty
    for label, value in FORM.items():
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_label("Country").select_option("DE")
    page.get_by_role("button", name="Ask for the agreement").click()
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()
    looking.inspect_this()


def test_the_way_to_a_signed_agreement(looking: Visitor, factors: Factors) -> None:
    page, staff = looking.page, staffed(looking, factors)
    looking.inspect("/dpa/", "/security/subprocessors/")
    asks(looking)
    looking.open(link(looking))
    looking.inspect_this()
    page.get_by_role("button", name="Confirm the address").click()
    looking.inspect_this()
    DpaTemplate.objects.update(approved_by="A. Lawyer")
    review = f"/staff/compliance/dparequest/{DpaRequest.objects.get().public_id}/review/"
    staff.post(review, {"step": "offer"})

    looking.open(link(looking))
    looking.inspect_this()
    page.evaluate("fetch('/dpa/agreement/offered.pdf')")
    page.get_by_label("Type your name").fill("Nora Example")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.get_by_text("Your signature is noted")).to_be_visible()
    looking.inspect_this()
    staff.post(review, {"step": "countersign", "name": "Sam", "intent": "on"})

    looking.open(link(looking))
    expect(page.get_by_role("heading", name="Signed by both")).to_be_visible()
    looking.inspect_this()
    looking.inspect("/dpa/agreement/", "/security/subprocessors/")


def test_pages_of_the_staff_and_an_objection(looking: Visitor, factors: Factors) -> None:
    staff, name = staffed(looking, factors), settings.SESSION_COOKIE_NAME
    entry = {"name": "Mailhouse", "purpose": "Sends mails", "data_types": "Addresses", "country": "FR"}
    more = {
        "transfer_basis": "EU",
        "hosts": "smtp.mailhouse.example",
        "agreement_on": "2026-01-01",
        "since": "2099-01-01",
    }
    form = {"company": "A", "address": "B", "country": "DE", "signatory": "C", "title": "D", "mail": "nora@example.com"}
    staff.post("/staff/compliance/subprocessor/enter/", entry | more)
    staff.post("/staff/compliance/dparequest/enter/", form | {"capacity": "controller", "law": "IE"})
    looking.inspect("/security/subprocessors/")
    looking.be(OWNER)
    looking.open("/security/subprocessors/")
    looking.page.get_by_role("link", name="Object").click()
    looking.inspect_this()
    looking.page.context.add_cookies([{"name": name, "value": staff.cookies[name].value, "url": looking.url}])
    review = f"/staff/compliance/dparequest/{DpaRequest.objects.get().public_id}/review/"

    for path in (
        "dparequest/",
        "dparequest/enter/",
        "subprocessor/",
        "subprocessor/enter/",
        "hostingstatement/enter/",
        review,
    ):
        looking.open(path if path == review else f"/staff/compliance/{path}")
        assert not looking.complaints, path
        looking.inspect_this()
        looking.complaints.clear()  # axe itself, at work on Django's forms, sets styles that the policy refuses
