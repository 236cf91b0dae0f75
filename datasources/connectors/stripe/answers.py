"""What Stripe's refusals mean. Its own texts may hold keys and ids and are not passed on.

Source: https://docs.stripe.com/api/errors, https://docs.stripe.com/rate-limits
"""

import re
from http import HTTPStatus

import msgspec

from datasources.connectors.errors import ConnectorError, NeedsReconnect, Rejected, Transient
from datasources.connectors.http import Answer, retry_after

_LATER = 60.0  # seconds: told not to try again at once


class Refusal(msgspec.Struct):
    code: str = ""
    message: str = ""


class Refused(msgspec.Struct):
    error: Refusal | str


def explain(answer: Answer) -> ConnectorError | None:
    """The consequence of an answer other than 200; None for the usual meaning of its status."""
    told = _refusal(answer.body)
    refusal = told or Refusal()
    if answer.status == HTTPStatus.UNAUTHORIZED:
        return _about_the_key(refusal)
    if answer.status == HTTPStatus.FORBIDDEN:
        return _about_rights(refusal)
    if answer.status == HTTPStatus.BAD_REQUEST and refusal.code == "invalid_grant":
        return NeedsReconnect("Stripe no longer accepts this connection. Please connect the account again.")
    if re.search(r"similar object exists in (live|test) mode", refusal.message):
        text = "Stripe has this object in its other mode: test and live data do not mix."
        return Rejected(text, status=answer.status)
    return _about_another_try(answer, told)


def _about_the_key(refusal: Refusal) -> ConnectorError:
    if refusal.code == "api_key_expired":
        return NeedsReconnect("This Stripe key has expired. Please enter a new one.")
    return NeedsReconnect("Stripe does not accept this key: it was deleted, or is not complete.")


def _about_rights(refusal: Refusal) -> ConnectorError:
    if refusal.code == "account_invalid":
        return NeedsReconnect("Access to this Stripe account was withdrawn. Please connect it again.")
    named = re.search(r"\b(?:rak_)?([a-z_]{1,60})_read\b", refusal.message)
    if named:
        right = named[1].removeprefix("rak_").replace("_", " ")
        return NeedsReconnect(f"The Stripe key lacks a permission: Read on “{right}” ({named[0]}).")
    return NeedsReconnect("The Stripe key lacks a permission that is needed to read this list.")


def _about_another_try(answer: Answer, refusal: Refusal | None) -> ConnectorError | None:
    wished = answer.headers.get("Stripe-Should-Retry", "").lower()
    text = f"Stripe answered with status {answer.status}."
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        return None
    if wished == "true" or (refusal and refusal.code == "lock_timeout"):
        return Transient(text, retry_after=retry_after(answer))
    if wished == "false" and answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Transient(text, retry_after=_LATER)
    if answer.status == HTTPStatus.INTERNAL_SERVER_ERROR and refusal is None:
        # Not in Stripe's own words, so from a server that stumbles over what it does not know.
        return Rejected("The server of Stripe failed over a request.", status=answer.status)
    return None


def _refusal(body: bytes) -> Refusal | None:
    try:
        error = msgspec.json.decode(body, type=Refused).error
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return Refusal(code=error) if isinstance(error, str) else error
