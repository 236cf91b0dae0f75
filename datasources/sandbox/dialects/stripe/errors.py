"""Stripe's refusals. Source: https://docs.stripe.com/api/errors"""

from typing import Any

from ...wire import Answer, told


class Refusal(Exception):
    """A request that is answered with an error."""

    def __init__(self, status: int, message: str, *, headers: dict[str, str] | None = None, **fields: str) -> None:
        """Refuse with Stripe's body: `type`, `code` and `param` come as fields."""
        super().__init__(message)
        self.status, self.headers = status, headers or {}
        self.fields: dict[str, Any] = {"message": message, "type": "invalid_request_error", **fields}

    def answer(self) -> Answer:
        """Return the refusal as Stripe sends it."""
        return told({"error": self.fields}, status=self.status, headers=self.headers)


def no_key() -> Refusal:
    """No key was sent."""
    message = "You did not provide an API key. You need to provide your API key in the Authorization header."
    return Refusal(401, message)


def bad_key(key: str) -> Refusal:
    """The key is nobody's; its end alone is repeated."""
    return Refusal(401, f"Invalid API Key provided: {'*' * 8}{key[-4:]}")


def no_access(account: str) -> Refusal:
    """The platform's key does not reach that account."""
    message = (
        f"The provided key does not have access to account '{account}' (or that account does not exist). "
        "Application access may have been revoked."
    )
    return Refusal(403, message, code="account_invalid")


def no_path(method: str, path: str) -> Refusal:
    """Nothing answers at that address."""
    return Refusal(404, f"Unrecognized request URL ({method}: {path}).")


def unknown(name: str) -> Refusal:
    """A parameter that the list does not know."""
    return Refusal(400, f"Received unknown parameter: {name}", code="parameter_unknown", param=name)


def bad(name: str, message: str) -> Refusal:
    """A parameter of which the value makes no sense."""
    return Refusal(400, message, param=name)


def missing(noun: str, identifier: str, *, param: str = "id", status: int = 404) -> Refusal:
    """An object that does not exist."""
    message = f"No such {noun.replace('_', ' ')}: '{identifier}'"
    return Refusal(status, message, code="resource_missing", param=param)


def too_many() -> Refusal:
    """More requests than the key may send."""
    message = "Request rate limit exceeded. Learn more about rate limits https://docs.stripe.com/rate-limits."
    return Refusal(429, message, code="rate_limit", headers={"Stripe-Rate-Limited-Reason": "global-rate"})
