"""The way to the provider and back: a consent is good once, for whom it was asked, and for nobody else."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Role
from datasources.connectors.stripe import Stripe
from datasources.models import OAuthState
from datasources.services.connecting import ConnectError
from datasources.services.consenting import MOST_OPEN, Asker, accept_consent
from datasources.services.providers import provider
from putler.tenancy import tenant
from tests import make
from tests.connecting.conftest import PAGE, Asked, Merchant

NOT_ASKED = "This consent was not asked for here"


def test_a_consent_makes_a_source(alice: Merchant, asked: Asked) -> None:
    answer = alice.connect()

    (source,) = alice.sources
    assert answer["Location"] == "/sources/"
    assert (source.provider, source.is_test, asked.exchanges) == ("stripe", True, 1)
    assert source.external_account
    assert f"{source.name} is connected" in alice.client.get("/sources/").content.decode()


@pytest.mark.rule("C3")
@pytest.mark.parametrize("who", ["anna", "charlie"])
def test_another_person_cannot_use_it(alice: Merchant, asked: Asked, request: pytest.FixtureRequest, who: str) -> None:
    other: Merchant = request.getfixturevalue(who)
    address = alice.decide(alice.begin())

    other.come_back(address)

    assert NOT_ASKED in other.read()
    assert (asked.exchanges, alice.sources, other.sources) == (0, [], [])


@pytest.mark.rule("C3")
def test_another_session_of_the_same_person_cannot_use_it(alice: Merchant, asked: Asked) -> None:
    address = alice.decide(alice.begin())
    alice.client = Client()
    alice.client.force_login(alice.user)
    make.prove(alice.client, alice.user)

    alice.come_back(address)

    assert NOT_ASKED in alice.read()
    assert (asked.exchanges, alice.sources) == (0, [])


@pytest.mark.rule("C3")
def test_it_is_good_for_the_account_in_which_it_was_asked(alice: Merchant, charlie: Merchant, asked: Asked) -> None:
    address = alice.decide(alice.begin())
    alice.account.memberships.filter(user=alice.user).update(account=charlie.account)

    alice.come_back(address)

    assert (asked.exchanges, alice.sources, charlie.sources) == (0, [], [])


@pytest.mark.rule("C3")
def test_it_is_good_once(alice: Merchant, asked: Asked) -> None:
    address = alice.decide(alice.begin())
    alice.come_back(address)

    alice.come_back(address)

    assert NOT_ASKED in alice.read()
    assert (asked.exchanges, len(alice.sources)) == (1, 1)


@pytest.mark.rule("C3")
def test_a_refusal_uses_it_up_too(alice: Merchant, asked: Asked) -> None:
    url = alice.begin()
    alice.come_back(alice.decide(url, "deny"))

    alice.come_back(alice.decide(url))

    assert (asked.exchanges, alice.sources) == (0, [])


@pytest.mark.rule("C3")
@pytest.mark.django_db(transaction=True)
def test_of_two_at_the_same_moment_one_is_accepted(alice: Merchant, asked: Asked) -> None:
    answer = {name: found[0] for name, found in parse_qs(urlsplit(alice.decide(alice.begin())).query).items()}
    asker = Asker(alice.account, alice.user, alice.client.session.session_key or "")

    def accept(_: int) -> bool:
        try:
            accept_consent(asker, provider("stripe"), answer, now=timezone.now())
        except ConnectError:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(4) as pool:
        accepted = list(pool.map(accept, range(4)))
    assert (sorted(accepted), asked.exchanges) == ([False] * 3 + [True], 1)
    assert len(alice.sources) == 1


@pytest.mark.rule("C3")
def test_it_is_good_for_ten_minutes(alice: Merchant, asked: Asked) -> None:
    address = alice.decide(alice.begin())
    (state,) = alice.states
    assert timedelta(minutes=9) < state.expires_at - timezone.now() <= timedelta(minutes=10)
    with tenant(alice.account.pk):
        OAuthState.objects.update(expires_at=timezone.now())

    alice.come_back(address)

    assert (asked.exchanges, alice.sources) == (0, [])


@pytest.mark.rule("C3")
@pytest.mark.rule("C4")
def test_it_is_good_at_the_provider_it_was_asked_for(alice: Merchant, asked: Asked) -> None:
    class AcmePay(Stripe):
        slug, label = "acmepay", "AcmePay"

    answer = {name: found[0] for name, found in parse_qs(urlsplit(alice.decide(alice.begin())).query).items()}
    asker = Asker(alice.account, alice.user, alice.client.session.session_key or "")

    with pytest.raises(ConnectError, match=NOT_ASKED):
        accept_consent(asker, provider("stripe")._replace(connector=AcmePay()), answer, now=timezone.now())
    assert asked.exchanges == 0


@pytest.mark.rule("C3")
@pytest.mark.parametrize(
    "query", ["", "code=ac_x", "code=ac_x&state=", "code=ac_x&state=made-up", "state=%ff&code=%00"]
)
def test_a_word_of_ones_own_is_none(alice: Merchant, asked: Asked, query: str) -> None:
    alice.begin()

    answer = alice.client.get(f"{PAGE}callback/?{query}")

    assert (answer["Location"], asked.exchanges, alice.sources) == (PAGE, 0, [])


@pytest.mark.rule("C3")
def test_a_session_has_five_open_at_most_and_others_are_not_in_its_way(alice: Merchant, anna: Merchant) -> None:
    for _ in range(MOST_OPEN):
        assert alice.begin().startswith("http")

    assert alice.begin() == PAGE
    assert "Wait ten minutes" in alice.read()
    assert anna.begin().startswith("http")


@pytest.mark.rule("C3")
def test_what_is_asked_is_kept_as_digests(alice: Merchant) -> None:
    word = parse_qs(urlsplit(alice.begin()).query)["state"][0]

    (state,) = alice.states
    assert len(word) >= 43
    assert word not in str(vars(state))
    assert str(alice.client.session.session_key) not in str(vars(state))


@pytest.mark.rule("C4")
def test_the_way_back_is_ours_whatever_a_request_calls_the_site(alice: Merchant, settings: Settings) -> None:
    settings.PUBLIC_URL, settings.ALLOWED_HOSTS = "https://putler.example.com", ["*"]

    answer = alice.client.post(f"{PAGE}consent/", headers={"host": "evil.example", "x-forwarded-host": "evil.example"})

    asked = parse_qs(urlsplit(answer["Location"]).query)
    assert asked["redirect_uri"] == ["https://putler.example.com/sources/connect/stripe/callback/"]


@pytest.mark.rule("C5")
def test_who_is_signed_out_signs_in_and_the_consent_stays_that_of_its_session(alice: Merchant, asked: Asked) -> None:
    address = alice.decide(alice.begin())

    answer = Client().get(address)

    assert answer["Location"] == "/login/?next=/sources/connect/stripe/"  # without the code
    assert asked.exchanges == 0
    assert alice.come_back(address)["Location"] == "/sources/"


@pytest.mark.rule("C5")
def test_who_may_only_look_cannot_use_it(alice: Merchant, asked: Asked) -> None:
    address = alice.decide(alice.begin())
    alice.account.memberships.filter(user=alice.user).update(role=Role.VIEWER)

    assert alice.come_back(address).status_code == 403
    assert (asked.exchanges, alice.sources) == (0, [])


@pytest.mark.rule("C5")
def test_who_denies_is_told_so_kindly(alice: Merchant, asked: Asked) -> None:
    answer = alice.come_back(alice.decide(alice.begin(), "deny"))

    assert answer["Location"] == PAGE
    assert "You did not allow access at Stripe; nothing was connected." in alice.read()
    assert (asked.exchanges, alice.sources) == (0, [])


@pytest.mark.rule("C5")
@pytest.mark.parametrize("decision", ["allow", "deny"])
def test_the_code_leaves_the_address_and_is_told_to_nobody(alice: Merchant, decision: str) -> None:
    answer = alice.come_back(alice.decide(alice.begin(), decision))

    assert (answer.status_code, answer["Referrer-Policy"]) == (302, "no-referrer")
    assert "?" not in answer["Location"]
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.rule("C5")
@pytest.mark.rule("P5")
def test_a_code_is_in_no_log_line(alice: Merchant, said: StringIO) -> None:
    alice.client.raise_request_exception = False
    alice.begin()
    alice.client.get(f"{PAGE}callback/?code=ac_canary&state=canary")
    alice.client.get("/sources/connect/acmepay/callback/?code=ac_canary&state=canary")  # not found, which is logged

    assert "/sources/connect/acmepay/" in said.getvalue()
    assert "canary" not in said.getvalue()


def test_a_code_that_the_provider_does_not_know_connects_nothing(alice: Merchant, asked: Asked) -> None:
    state = parse_qs(urlsplit(alice.begin()).query)["state"][0]

    alice.client.get(f"{PAGE}callback/?code=ac_made_up&state={state}")

    assert "Stripe did not complete the connection." in alice.read()
    assert (asked.exchanges, alice.sources) == (1, [])
