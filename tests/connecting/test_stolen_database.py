"""What a copy of the database is good for: nothing in it opens a door, here or at a provider."""

from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.core.mail import send_mail
from django.db import connection
from django.test import Client
from pytest_django import Settings

from accounts.models import OutgoingMail, Session, SignUp
from accounts.services import create_account
from tests.connecting.conftest import KEY, Asked, Merchant

pytestmark = pytest.mark.rule("C8")

# Every column that could hold a secret by its name, and why it is none, or which test tries it.
COLUMNS = {
    "accounts_authenticatorapp.sealed": "sealed: tried in tests/accounts/test_second_factor.py",
    "accounts_emailchange.digest": "a digest: tried in tests/accounts/test_credentials.py",
    "accounts_invitation.digest": "a digest: tried in tests/accounts/test_invitations.py",
    "accounts_recoverycode.digest": "a digest: tried in tests/accounts/test_second_factor.py",
    "accounts_session.session_key": "a digest: tried below",
    "accounts_session.session_data": "says who is signed in, signed with SECRET_KEY, which is not in the database",
    "accounts_outgoingmail.sealed": "sealed: tried below",
    "accounts_signup.code_digest": "a digest: tried below",
    "accounts_signup.password": "an Argon2id hash: tried below",
    "accounts_user.password": "an Argon2id hash: tried below",
    "datasources_credential.sealed": "sealed: tried below",
    "datasources_credential.sealed_at": "a moment",
    "datasources_customer.key": "who a customer is, told by their address: personal, and no key to anything",
    "datasources_erasedsubject.digest": "keyed, of an address; it opens nothing: tests/datasources/test_forgetting.py",
    "datasources_hook.digest": "a digest: tests/connecting/test_hooks.py tries it",
    "datasources_hook.sealed_token": "sealed for its source: tests/connecting/test_hooks.py",
    "datasources_hook.sealed_secret": "sealed for its source: tests/connecting/test_hooks.py",
    "datasources_oauthstate.digest": "a digest: tried below",
    "datasources_oauthstate.session_digest": "a digest: tried below",
    "compliance_erasurerequest.digest": "of a certificate, so that it cannot be altered unseen",
    "compliance_dparequest.link_digest": "a digest: tests/compliance/test_agreements.py tries links",
    "compliance_purgereceipt.digest": "of a receipt, so that it cannot be altered unseen",
    "datasources_revocation.sealed": "sealed, as credentials are",
    "datasources_upload.header_digest": "of a file's column names, by which their meaning is remembered",
    "putler_cache.cache_key": "counts how often something was tried",
}
SUSPECT = "sealed|secret|token|password|digest|(^|_)key|session_|code($|_)|verifier"
HARMLESS = {"django_q_", "auth_", "django_content_type", "account_email"}  # jobs carry ids alone; the rest is unused


def test_every_column_that_could_hold_a_secret_is_known(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name || '.' || column_name FROM information_schema.columns "
            "WHERE table_schema = 'public' AND data_type IN ('text', 'character varying') AND column_name ~ %s",
            [SUSPECT],
        )
        found = {name for (name,) in cursor.fetchall() if not name.startswith(tuple(HARMLESS))}

    assert found - set(COLUMNS) == set()


def test_a_sealed_credential_opens_nothing_at_the_provider(alice: Merchant, settings: Settings) -> None:
    alice.enter(KEY)
    address = f"{settings.PROVIDERS['stripe']['API_URL']}/v1/account"

    stolen, right = (
        requests.get(address, headers={"Authorization": f"Bearer {key}"}, timeout=10).status_code
        for key in (alice.credentials[0].sealed, KEY)
    )

    assert (stolen, right) == (401, 200)


def test_the_digest_of_a_consent_is_no_consent(alice: Merchant, asked: Asked) -> None:
    code = parse_qs(urlsplit(alice.decide(alice.begin())).query)["code"][0]

    for stolen in (alice.states[0].digest, alice.states[0].session_digest):
        alice.client.get(f"/sources/connect/stripe/callback/?code={code}&state={stolen}")

    assert (asked.exchanges, alice.sources) == (0, [])


def test_the_name_of_a_session_signs_nobody_in(alice: Merchant, settings: Settings) -> None:
    stolen, thief = Session.objects.get().session_key, Client()

    for key in (stolen, stolen[:32]):
        thief.cookies[settings.SESSION_COOKIE_NAME] = key
        assert thief.get("/sources/")["Location"].startswith("/login/")
    assert alice.client.get("/sources/").status_code == 200


def test_a_digest_of_a_sign_up_is_no_code(client: Client, db: None) -> None:
    client.post("/sign-up/", {"name": "Nora", "email": "nora@example.com", "password": "seven purple kettles"})
    stolen = SignUp.objects.get()

    for code in (stolen.code_digest, stolen.code_digest[:8], stolen.password):
        client.post("/sign-up/confirm/", {"code": code})

    assert client.get("/")["Location"].startswith("/login/")


def test_a_hash_is_no_password(client: Client, db: None) -> None:
    account = create_account(
        email="eve@example.com", name="A", currency="EUR", time_zone="UTC", password="seven purple kettles"
    )
    user = account.memberships.get().user

    client.post("/login/", {"login": user.email, "password": user.password})

    assert client.get("/")["Location"].startswith("/login/")


def test_a_waiting_mail_tells_nothing(db: None) -> None:
    send_mail("Canary", "canary: /password/reset/key/canary/", None, ["canary@example.com"])

    assert "anary" not in str(vars(OutgoingMail.objects.get()))
