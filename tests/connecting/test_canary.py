"""What is not declared is not kept: a word in every other field of every answer is found nowhere afterwards."""

import json
from io import StringIO
from typing import Any

import pytest

from datasources.importing.foreground import import_now
from datasources.sandbox.dialects.stripe import PREFIX
from datasources.sandbox.server import Sandbox
from datasources.sandbox.wire import Answer, Request
from tests.connecting.conftest import Merchant
from tests.connecting.test_keys import everything

WORD = "canary-in-a-field"
OTHERS = ("metadata", "receipt_url", "phone", "payment_method_details", "secret", "note")
KEY = "rk_test_sandbox"


def spiked(value: Any) -> Any:
    """The same with the word in fields that nobody declared, in every object however deep."""
    if isinstance(value, list):
        return [spiked(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {name: spiked(one) for name, one in value.items()} | {
        name: {"inner": WORD} if name == "metadata" else WORD for name in OTHERS
    }


@pytest.mark.rule("C1")
def test_what_is_not_declared_is_kept_nowhere(alice: Merchant, sandbox: Sandbox, said: StringIO) -> None:
    handle = sandbox.dialects[PREFIX]
    spoiled = []

    def spiking(request: Request) -> Answer:
        answer = handle(request)
        spoiled.append(request.path)
        return Answer(answer.status, json.dumps(spiked(json.loads(answer.body))).encode(), answer.kind, answer.headers)

    sandbox.dialects[PREFIX] = spiking
    alice.enter(KEY)
    import_now(alice.sources[0], report=lambda _: None)

    kept = everything(alice)
    assert "txn_" in kept or "ch_" in kept
    assert {f"/v1/{name}" for name in ("charges", "customers", "invoices", "events")} <= set(spoiled)
    assert not [where for where in (kept, said.getvalue()) if WORD in where]
