"""Between the password and the code somebody is nobody: to every address, by every method."""

import re
import uuid
from typing import Any

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.urls import NoReverseMatch, get_resolver, reverse

from accounts.models import Role
from tests import make
from tests.accounts.factor import Person
from tests.test_permissions import addresses

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("quick_passwords"),
    pytest.mark.rule("F1"),
    pytest.mark.rule("F11"),
]

HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/", "HX-Boosted": "true"}
AJAX = {"X-Requested-With": "XMLHttpRequest", "Accept": "application/json"}
METHODS: tuple[tuple[str, dict[str, str]], ...] = (
    ("get", {}),
    ("get", HTMX),
    ("get", AJAX),
    ("post", {}),
    ("post", HTMX),
    *((method, {}) for method in ("head", "options", "put", "patch", "delete", "trace")),
)
ON_THE_WAY = {"second_factor", "account_login"}  # what they answer then is said in test_second_factor.py
PARTS: dict[str, dict[str, Any]] = {
    "account_reset_password_from_key": {"uidb36": uuid.uuid4().hex, "key": "no-token"},
    "confirm_email": {"key": "x" * 43},
    "agreement_key": {"key": "x" * 43},
    "agreement_file": {"kind": "final"},
    "dpa_text": {"law": "IE"},
    "hook": {"token": "x" * 43},
    "metric": {"slug": "net_sales"},
    "invitation_key": {"key": f"{uuid.uuid4().hex}-{'x' * 43}"},
}
SOME = uuid.uuid4()
VARYING = re.compile(r'csrfmiddlewaretoken\\?" value=\\?"\w+|the request <code>[^<]+')
NAMES = sorted({str(pattern.name) for pattern in addresses(get_resolver().url_patterns)} - ON_THE_WAY)


@pytest.fixture
def halfway(db: None) -> Client:
    """Give a browser in which the owner of an account typed the password and not the code."""
    cache.clear()
    alice = Person("alice")
    make.member(make.account(), alice.user, Role.OWNER)
    alice.has_app()
    assert alice.signs_in() == (302, "/2fa/")
    return alice.client


def address(name: str) -> str:
    for parts in (PARTS.get(name, {}), {"slug": "stripe"}, {"public_id": SOME}):
        try:
            return reverse(name, kwargs=parts)
        except NoReverseMatch:
            continue
    raise AssertionError(f"{name} has parts that are not known here.")


def told(answer: HttpResponse) -> tuple[int, str | None, str]:
    page = VARYING.sub("", answer.content.decode(errors="replace"))
    return answer.status_code, answer.headers.get("Location"), page


@pytest.mark.parametrize("name", NAMES)
def test_every_address_answers_as_it_answers_a_stranger(halfway: Client, name: str) -> None:
    cookie = halfway.cookies["session"].value
    for method, headers in METHODS:
        stranger, half = Client(), Client(headers={"cookie": f"session={cookie}"})
        cache.clear()
        expected = told(getattr(stranger, method)(address(name), headers=headers))
        cache.clear()
        answer = told(getattr(half, method)(address(name), headers=headers | {"cookie": f"session={cookie}"}))
        assert answer == expected, (name, method, headers)
        if name == "account_logout" and method == "post":
            break  # which ends the sign-in, as it should


@pytest.mark.parametrize("form", [{"second_factor": "handled"}, {"code": ""}, {"user": "1"}, {"device": "1"}])
def test_no_field_of_a_form_skips_the_code(halfway: Client, form: dict[str, str]) -> None:
    halfway.post("/2fa/", form)
    halfway.post("/login/", form | {"login": "alice@example.com", "password": "correct horse battery"})

    assert halfway.get("/").headers["Location"] == "/login/?next=/"


def test_another_sign_in_in_the_same_browser_does_not_skip_the_code(halfway: Client) -> None:
    bob = Person("bob")
    halfway.get("/login/")
    assert bob.signs_in(client=halfway) == (302, "/2fa/")

    assert halfway.get("/").headers["Location"] == "/login/?next=/"


def test_a_sign_up_in_the_same_browser_is_nobody_elses(halfway: Client) -> None:
    assert halfway.post("/sign-up/confirm/", {"code": "0000 0000"})["Location"] == "/sign-up/"
    assert halfway.get("/start/").headers["Location"].startswith("/login/")
