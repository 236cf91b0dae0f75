"""Details: what a provider's other lists tell of movements, laid over them whichever arrives first."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any, NamedTuple

from django.db import connection

from datasources.bookkeeping.allocation import round_ratio, shared
from datasources.bookkeeping.rows import LineItem
from datasources.connectors.base import CustomerDraft, DetailDraft, MovementDraft
from datasources.models import DataSource, Detail
from datasources.services import catalogue, people
from putler.copying import copy_rows
from putler.kernel.money import Money

_COLUMNS = {
    "external_id": "text",
    "about": "text",
    "status": "text",
    "currency": "text",
    "amount": "bigint",
    "tax": "bigint",
    "shipping": "bigint",
    "discount": "bigint",
    "customer_ref": "text",
    "customer_id": "bigint",
    "country": "text",
    "order_ref": "text",
    "parent_ref": "text",
    "subscription_ref": "text",
    "provider_refs": "varchar[]",
    "items": "bigint[]",
}
_NAMES = ", ".join(_COLUMNS)
_TOLD = [name for name in _COLUMNS if name != "external_id"]
_OLD, _NEW = (", ".join(f"{version}.{name}" for name in _TOLD) for version in ("t", "excluded"))
_UPSERT = f"""
    INSERT INTO datasources_detail AS t (account_id, source_id, {_NAMES})
    SELECT %(account)s, %(source)s, {_NAMES} FROM incoming_detail
    ON CONFLICT (account_id, source_id, external_id)
    DO UPDATE SET ({", ".join(_TOLD)}) = ({_NEW})
    WHERE ({_OLD}) IS DISTINCT FROM ({_NEW})
    RETURNING about"""


_ABOUT = f"""SELECT {_NAMES} FROM datasources_detail
             WHERE account_id = %s AND source_id = %s AND about = ANY(%s) ORDER BY external_id"""


class Told(NamedTuple):
    """What a row of `Detail` says, in the order of its columns here."""

    external_id: str
    about: str
    status: str | None
    currency: str | None
    amount: int | None
    tax: int
    shipping: int
    discount: int
    customer_ref: str | None
    customer_id: int | None
    country: str | None
    order_ref: str | None
    parent_ref: str | None
    subscription_ref: str | None
    provider_refs: list[str] | None
    items: list[list[int]] | None


class Fact(NamedTuple):
    """A movement as it goes into the ledger: a draft whose customer and products are rows of ours."""

    draft: MovementDraft
    customer_id: int | None
    lines: tuple[LineItem, ...]


def tell_details(source: DataSource, drafts: Collection[DetailDraft]) -> set[str]:
    """Keep what is told; answers the payments and orders of which something new is known."""
    latest = {draft.external_id: draft for draft in drafts}
    if not latest:
        return set()
    guests = people.customers(source, (CustomerDraft(email=draft.email) for draft in latest.values() if draft.email))
    things = catalogue.products(source, {item.product_ref for draft in latest.values() for item in draft.items})
    copy_rows("incoming_detail", _COLUMNS, (_row(draft, guests, things) for draft in latest.values()))
    with connection.cursor() as cursor:
        cursor.execute(_UPSERT, {"account": source.account_id, "source": source.pk})
        return {about for (about,) in cursor.fetchall()}


def told_of_customers(source: DataSource, refs: Collection[str]) -> set[str]:
    """The payments and orders that belong to the provider's customers with these ids."""
    found = Detail.objects.filter(account_id=source.account_id, source=source, customer_ref__in=refs)
    return set(found.values_list("about", flat=True))


def complete(source: DataSource, facts: dict[str, Fact]) -> dict[str, Fact]:
    """The facts by external id, with all that other lists have told of them so far."""
    details = _about(source, {key for fact in facts.values() for key in _keys(fact.draft)})
    orders = {fact.draft.order_ref for fact in facts.values()}
    orders |= {detail.order_ref for told in details.values() for detail in told}
    details |= _about(source, {order for order in orders if order and order not in details})
    refs = {detail.customer_ref for told in details.values() for detail in told if detail.customer_ref}
    known = people.identify(source, refs)
    return {key: _completed(fact, details, known) for key, fact in facts.items()}


def _keys(draft: MovementDraft) -> tuple[str, ...]:
    """The names by which a movement may be spoken of, its order apart."""
    return tuple(dict.fromkeys(key for key in (draft.payment_ref, draft.external_id) if key))


def _row(draft: DetailDraft, guests: dict[str, int], things: dict[str, int]) -> tuple[Any, ...]:
    items = [[things[item.product_ref], item.quantity, item.amount] for item in draft.items]
    return (
        draft.external_id,
        draft.about,
        draft.status,
        draft.presentment and draft.presentment.currency,
        draft.presentment and draft.presentment.minor,
        draft.tax,
        draft.shipping,
        draft.discount,
        draft.customer_ref,
        guests.get((draft.email or "").strip().lower()),
        people.country_of(draft.country),
        draft.order_ref,
        draft.parent_ref,
        draft.subscription_ref,
        list(draft.provider_refs) or None,
        items or None,
    )


def _about(source: DataSource, keys: Collection[str]) -> dict[str, list[Told]]:
    """What is told about each key, in an order that does not depend on arrival."""
    found: dict[str, list[Told]] = defaultdict(list)
    if keys:
        with connection.cursor() as cursor:
            cursor.execute(_ABOUT, [source.account_id, source.pk, list(keys)])
            for row in cursor:
                told = Told(*row)
                found[told.about].append(told)
    return found


def _completed(fact: Fact, details: dict[str, list[Told]], known: dict[str, people.Identified]) -> Fact:
    own = [detail for key in _keys(fact.draft) for detail in details.get(key, [])]
    orders = {order for order in (fact.draft.order_ref, *(detail.order_ref for detail in own)) if order}
    told = [*own, *(d for order in sorted(orders) for d in details.get(order, []) if d not in own)]
    if not told:
        return fact
    draft = fact.draft
    presented = next((d for d in own if d.currency and d.amount is not None), None)
    refs = sorted({*draft.provider_refs, *(ref for detail in own for ref in detail.provider_refs or ())})
    draft = replace(
        draft,
        status=_first(own, "status") or draft.status,
        presentment=_presentment(draft, presented),
        country=_first(told, "country") or draft.country,
        order_ref=_first(own, "order_ref") or draft.order_ref,
        parent_ref=draft.parent_ref or _first(own, "parent_ref"),
        subscription_ref=_first(told, "subscription_ref") or draft.subscription_ref,
        provider_refs=tuple(refs),
    )
    return _with_parts(Fact(draft, _customer(told, known) or fact.customer_id, fact.lines), told)


def _first(told: Iterable[Told], name: str) -> Any:
    return next((value for detail in told if (value := getattr(detail, name)) is not None), None)


def _presentment(draft: MovementDraft, told: Told | None) -> Money:
    """What the customer saw, with the sign of the movement."""
    if told is None:
        return draft.presentment
    seen = abs(told.amount or 0)
    return Money.from_minor(-seen if draft.amount.minor < 0 else seen, str(told.currency))


def _customer(told: list[Told], known: dict[str, people.Identified]) -> int | None:
    """A person known by e-mail, as the provider's customer before a guest; else the provider's customer by its id."""
    identified = [known[detail.customer_ref] for detail in told if detail.customer_ref]
    persons = [one.customer_id for one in identified if one.is_person]
    guests = [detail.customer_id for detail in told if detail.customer_id]
    return next(iter([*persons, *guests, *(one.customer_id for one in identified)]), None)


def _with_parts(fact: Fact, told: list[Told]) -> Fact:
    """Tax, shipping, discount and lines in the movement's currency, and in proportion where only a part was paid."""
    detail = next((d for d in told if d.amount and (d.items or d.tax or d.shipping or d.discount)), None)
    if detail is None or detail.amount is None:
        return fact
    paid, whole = fact.draft.amount.minor, detail.amount
    tax, shipping, discount = (
        round_ratio(part * paid, whole) for part in (detail.tax, detail.shipping, detail.discount)
    )
    items = tuple(LineItem(*item) for item in detail.items or ())
    lines = shared(items, paid, whole, total=paid - tax - shipping)
    return fact._replace(
        draft=replace(fact.draft, tax=tax, shipping=shipping, discount=discount), lines=lines or fact.lines
    )
