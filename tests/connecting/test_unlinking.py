"""Access that is given up: gone here at once, and given back at the provider as well as that can be done."""

from datetime import timedelta

import pytest
from django.utils import timezone

from datasources.models import Credential, DataSource, Revocation
from datasources.sandbox.server import Sandbox
from datasources.sandbox.wire import Answer
from datasources.services import revoking, unlinking
from datasources.services.providers import unseal
from putler.kernel.encryption import SealError
from putler.sealing import keyring
from putler.tenancy import tenant
from tests import make
from tests.connecting.conftest import KEY, Asked, Merchant

pytestmark = pytest.mark.rule("C9")
DEAUTHORIZE = ("POST", "/oauth/deauthorize")


def unlink(merchant: Merchant) -> DataSource:
    [source] = merchant.sources
    unlinking.unlink(source=source, now=timezone.now())
    return source


def waiting(merchant: Merchant) -> list[Revocation]:
    with tenant(merchant.account.pk):
        return list(Revocation.objects.all())


def test_the_credential_goes_and_the_provider_is_told(alice: Merchant, asked: Asked) -> None:
    alice.connect()
    unlink(alice)
    assert (alice.credentials, len(waiting(alice))) == ([], 1)

    revoking.revoke_due(now=timezone.now())

    assert (asked.count(DEAUTHORIZE), waiting(alice)) == (1, [])


def test_a_deed_that_is_taken_back_takes_the_credential_back(alice: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    alice.connect()
    monkeypatch.setattr(unlinking, "stop_reading", lambda *_, **__: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        unlink(alice)

    assert len(alice.credentials) == 1
    assert (waiting(alice), alice.sources[0].unlinked_at) == ([], None)


def test_what_waits_is_sealed_for_this_purpose_alone(alice: Merchant) -> None:
    alice.connect()
    secret = unseal(alice.credentials[0])
    unlink(alice)
    [row] = waiting(alice)

    def opened(purpose: str) -> str:
        return keyring().unseal(row.sealed, purpose=purpose, account_id=row.account_id, row=str(row.public_id))

    assert secret not in row.sealed
    assert secret in opened("revocation")
    with pytest.raises(SealError):
        opened("credential")


def test_a_provider_out_of_reach_is_told_later_and_after_a_day_no_more(
    alice: Merchant, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice.connect()
    unlink(alice)
    monkeypatch.setattr(revoking, "submit", lambda *_: Answer(503, b"", "text/plain"))
    now = timezone.now()
    revoking.revoke_due(now=now)
    [row] = waiting(alice)
    assert (row.tries, row.due_at > now) == (1, True)

    with tenant(alice.account.pk):
        Revocation.objects.update(due_at=now, expires_at=now - timedelta(seconds=1))
    revoking.revoke_due(now=now)

    assert waiting(alice) == []


def test_access_that_another_account_still_uses_is_not_given_back(
    alice: Merchant, charlie: Merchant, asked: Asked
) -> None:
    alice.connect()
    charlie.connect()
    unlink(alice)

    revoking.revoke_due(now=timezone.now())

    assert (DEAUTHORIZE in asked, len(waiting(alice))) == (False, 1)


def test_access_that_was_given_again_is_not_given_back(alice: Merchant, asked: Asked) -> None:
    alice.connect()
    source = unlink(alice)
    alice.connect()
    revoking.revoke_due(now=timezone.now())

    assert ([one.pk for one in alice.sources], DEAUTHORIZE in asked, waiting(alice)) == ([source.pk], False, [])
    assert len(alice.credentials) == 1


def test_a_typed_key_is_the_merchants_own(alice: Merchant) -> None:
    alice.enter(KEY)
    unlink(alice)

    with tenant(alice.account.pk):
        assert not Credential.objects.exists()
    assert waiting(alice) == []


def test_a_name_that_was_taken_meanwhile_gets_a_number(alice: Merchant) -> None:
    source = make.source(alice.account, "shop")
    unlinking.unlink(source=source, now=timezone.now())
    make.source(alice.account, "shop")
    unlinking.restore(source=source, now=timezone.now())

    assert [one.name for one in alice.sources] == ["shop 2", "shop"]
