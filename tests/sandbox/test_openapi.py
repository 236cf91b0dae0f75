"""The judge itself: what it lets pass, and what it complains about."""

import pytest

from tests.sandbox.openapi import PATHS, complaints


@pytest.mark.parametrize(
    "request_line",
    [
        "/v1/charges",
        "/v1/charges/ch_1",
        "/v1/charges?limit=100&starting_after=ch_1",
        "/v1/charges?created=1",
        "/v1/charges?created[gte]=1&created[lt]=2",
        "/v1/charges?created%5Bgte%5D=1",
        "/v1/balance_transactions?expand[]=data.source&expand[]=data.source.invoice",
        "/v1/events?types[]=charge.succeeded&types[1]=charge.failed",
        "/v1/invoices/in_1/lines?limit=100",
        "/v1/invoice_payments?payment[type]=payment_intent&payment[payment_intent]=pi_1",
        "/v1/plans?active=true&product=prod_1&created[gte]=1",
        "/v1/products?active=true",
        "/v1/subscriptions?status=all",
    ],
)
def test_described_requests_pass(request_line: str) -> None:
    assert complaints("GET", request_line) == []


@pytest.mark.parametrize(
    ("request_line", "complaint"),
    [
        ("/v1/chargers", "unknown path /v1/chargers"),
        ("/v1/charges?foo=1", "unknown parameter foo"),
        ("/v1/charges?limit=ten", "limit=ten is not of its type"),
        ("/v1/charges?created[since]=1", "created[since]=1 is not of its type"),
        ("/v1/charges?created[gte]=today", "created[gte]=today is not of its type"),
        ("/v1/charges?expand=data.source", "expand=data.source is not of its type"),
        ("/v1/charges?limit[]=1", "limit[]=1 is not of its type"),
        ("/v1/charges?limit=1&limit=2", "limit is given twice"),
        ("/v1/products?active=yes", "active=yes is not of its type"),
        ("/v1/subscriptions?status=alive", "status=alive is not of its type"),
    ],
)
def test_what_is_not_described_is_complained_about(request_line: str, complaint: str) -> None:
    assert complaints("GET", request_line) == [complaint]


def test_writing_is_not_described() -> None:
    assert complaints("POST", "/v1/charges") == ["POST is not described for /v1/charges"]


def test_nothing_but_reading_is_described() -> None:
    assert {method for path in PATHS.values() for method in path} == {"get"}
