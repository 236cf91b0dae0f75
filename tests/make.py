"""Plain builders: one line for what a test needs and does not talk about."""

from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from django.http import HttpRequest
from django.test import Client
from django.utils import timezone

from accounts import invitations, sudo
from accounts.models import Account, Invitation, Membership, Role, User
from analytics import rollups
from datasources.connectors.base import CustomerDraft, LineDraft, MovementDraft
from datasources.models import FILES, DataSource, SourceKind
from datasources.services import ledger
from putler.kernel.money import Money
from putler.tenancy import tenant

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
_numbers = count(1)


def user(name: str) -> User:
    """A person without a password: `client.force_login` signs them in."""
    return User.objects.create_user(f"{name}@example.com", name=name)


def prove(client: Client, user: User) -> None:
    """Let the session of somebody who is signed in be one that just proved who they are, as after `/login/`."""
    request = HttpRequest()
    request.session = client.session
    sudo.note_proof(request, user, sudo.KNOWLEDGE, sudo.POSSESSION)
    request.session.save()


def account(name: str = "A shop", *, currency: str = "EUR", time_zone: str = "Europe/Berlin") -> Account:
    """An account without members."""
    return Account.objects.create(name=name, base_currency=currency, time_zone=time_zone)


def member(account: Account, user: User, role: Role) -> Membership:
    """A part in an account."""
    return Membership.objects.create(account=account, user=user, role=role)


def invitation(account: Account, *, by: User, email: str = "nora@example.com", role: Role = Role.VIEWER) -> Invitation:
    """An invitation that waits for an answer; its token is in the newest mail."""
    with tenant(account.pk):
        actor = account.memberships.get(user=by)
        return invitations.invite(email, role=role, sources=None, actor=actor, now=timezone.now())


def source(account: Account, name: str = "stripe", **fields: Any) -> DataSource:
    """A linked source, of files unless `fields` say otherwise."""
    given = {"kind": SourceKind.GATEWAY, "provider": FILES} | fields
    with tenant(account.pk):
        return DataSource.objects.create(account=account, name=name, **given)


def movement(
    amount: str = "10.00 EUR", at: str = "2026-01-30 10:00", *, customer: str = "", lines: str = "", **fields: Any
) -> MovementDraft:
    """A draft, of a settled sale unless `fields` say otherwise.

    `at`: UTC. `customer`: an e-mail. `lines`: "TEE 1 9900, MUG 2 4200", amounts in minor units.
    """
    number, currency = amount.split()
    money = Money(Decimal(number), currency)
    given: dict[str, Any] = {
        "external_id": f"row-{next(_numbers)}",
        "kind": "sale",
        "status": "settled",
        "presentment": money,
    }
    return MovementDraft(
        amount=money,
        occurred_at=datetime.fromisoformat(at).replace(tzinfo=UTC),
        customer=CustomerDraft(email=customer) if customer else None,
        lines=tuple(_line(line) for line in lines.split(",") if line),
        **given | fields,
    )


def post(source: DataSource, *drafts: MovementDraft, now: datetime = NOW) -> ledger.Posted:
    """Write drafts into the ledger."""
    return ledger.post(source=source, drafts=drafts, now=now)


def follow(account: Account) -> None:
    """Bring the figures up to date."""
    rollups.drain(account.pk, now=NOW)


def _line(text: str) -> LineDraft:
    sku, quantity, amount = text.split()
    return LineDraft(sku, int(quantity), int(amount))
