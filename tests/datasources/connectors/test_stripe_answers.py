"""What Stripe's refusals mean, as sentences for the merchant that hold nothing secret."""

import pytest

from datasources.connectors.errors import ConnectorError, NeedsReconnect, Rejected, Throttled, Transient
from datasources.connectors.http import Answer
from datasources.connectors.registry import CONNECTORS
from tests.datasources.connectors.conftest import Provider

STRIPE = CONNECTORS["stripe"]
LACKING = (
    "The provided key 'rk_live_*****secret' does not have the required permissions for this endpoint on account "
    "'acct_1'. Having the 'rak_charge_read' permission would allow this request to continue."
)


def refused(provider: Provider, body: object, *, status: int, **headers: str) -> ConnectorError:
    """What comes out of a request that is answered so."""
    provider.answers_with(body, status=status, **headers)
    with pytest.raises(ConnectorError) as error:
        provider.http(STRIPE).get("/v1/charges")
    return error.value


def told(code: str = "", message: str = "") -> object:
    """An error as Stripe words it."""
    return {"error": {"type": "invalid_request_error", "code": code, "message": message}}


@pytest.mark.parametrize(
    ("status", "body", "meaning"),
    [
        (429, told("rate_limit"), Throttled),
        (409, told("lock_timeout"), Transient),
        (500, told(), Transient),
        (502, b"<html>", Transient),
        (503, told(), Transient),
        (504, b"", Transient),
        (401, told(message="Invalid API Key provided: rk_live_*secret"), NeedsReconnect),
        (401, told("api_key_expired"), NeedsReconnect),
        (400, {"error": "invalid_grant", "error_description": "…"}, NeedsReconnect),
        (403, told("account_invalid"), NeedsReconnect),
        (403, told("more_permissions_required", LACKING), NeedsReconnect),
        (400, told("parameter_unknown"), Rejected),
        (404, told("resource_missing"), Rejected),
        (409, told("idempotency"), Rejected),
        (500, b"Server got itself in trouble", Rejected),
    ],
)
def test_a_refusal_has_its_consequence(
    provider: Provider, status: int, body: object, meaning: type[ConnectorError]
) -> None:
    error = refused(provider, body, status=status)

    assert type(error) is meaning
    assert str(error).endswith(".")
    assert "secret" not in str(error)


def test_stripes_own_word_on_another_try_wins(provider: Provider) -> None:
    assert isinstance(refused(provider, told(), status=400, Stripe_Should_Retry="true"), Transient)
    assert provider.pauses
    assert len(provider.asked) == 4


def test_a_failure_that_is_not_to_be_tried_again_is_put_off(provider: Provider) -> None:
    error = refused(provider, told(), status=500, Stripe_Should_Retry="false")

    assert isinstance(error, Transient)
    assert error.retry_after == 60
    assert len(provider.asked) == 1


def test_a_missing_permission_is_named(provider: Provider) -> None:
    error = refused(provider, told("more_permissions_required", LACKING), status=403)

    assert str(error) == "The Stripe key lacks a permission: Read on “charge” (rak_charge_read)."


def test_a_key_that_has_expired_is_told_from_one_that_is_wrong(provider: Provider) -> None:
    assert "expired" in str(refused(provider, told("api_key_expired"), status=401))


def test_test_and_live_mode_mixed_up_is_said(provider: Provider) -> None:
    message = "No such charge: 'ch_1'; a similar object exists in live mode, but a test mode key was used."

    assert "do not mix" in str(refused(provider, told("resource_missing", message), status=404))


def test_a_usual_status_without_a_word_has_its_usual_meaning() -> None:
    assert STRIPE.explain(Answer(429, b"", {})) is None
