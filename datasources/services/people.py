"""Who buyers are in an account (docs/metrics.md, E9): the e-mail, else the provider's customer within its source.

A provider's customer is known by its id at first, and by e-mail as soon as the provider tells one: then all that was
booked for the id moves to the person.
"""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from datasources.connectors.base import CustomerDraft, CustomerRecordDraft
from datasources.models import (
    VEIL,
    Booking,
    Customer,
    CustomerIdentity,
    DataSource,
    Detail,
    Subscription,
    Superseded,
    Transaction,
)
from datasources.services.numbered import ids_of_customers

LONGEST_ADDRESS = 254  # signs; nothing longer can be written to
LONGEST_NAME = 200
COUNTRY = 2


class Identified(NamedTuple):
    """Who a provider's customer is; `is_person`: by e-mail, also by one that was erased."""

    customer_id: int
    is_person: bool


def key_of(source: DataSource, customer: CustomerDraft | None) -> str | None:
    """Who a customer is in the account; None for nobody."""
    if customer is None:
        return None
    if address := _address(customer):
        return address
    return f"{source.public_id}:{customer.provider_id}" if customer.provider_id else None


def customers(source: DataSource, drafts: Iterable[CustomerDraft | None]) -> dict[str, int]:
    """Key → id of these buyers, those seen for the first time numbered on."""
    keys = {key: _told_address(draft) for draft in drafts if draft and (key := key_of(source, draft))}
    return ids_of_customers(source.account_id, keys)


def country_of(told: str | None) -> str | None:
    """The country by its two letters; None for what providers let people type in its place."""
    return told.upper() if told and len(told) == COUNTRY else None


def identify(source: DataSource, refs: Collection[str]) -> dict[str, Identified]:
    """Who the provider's customers with these ids are; strangers are entered under their id."""
    known = _known(source, refs)
    strangers = [CustomerDraft(provider_id=ref) for ref in refs if ref not in known]
    if strangers:
        entered = customers(source, strangers)
        CustomerIdentity.objects.bulk_create(
            CustomerIdentity(
                account_id=source.account_id,
                source=source,
                external_id=stranger.provider_id or "",
                customer_id=entered[key_of(source, stranger) or ""],
            )
            for stranger in strangers
        )
        known |= _known(source, [stranger.provider_id or "" for stranger in strangers])
    return known


def tell_customers(source: DataSource, drafts: Collection[CustomerRecordDraft]) -> set[str]:
    """Take what the provider tells of its customers; answers the ids of those who turned out to be somebody else."""
    if not drafts:
        return set()
    records = {draft.external_id: draft for draft in drafts}
    before = _known(source, records)
    whose = {ref: CustomerDraft(draft.email, ref) for ref, draft in records.items()}
    ids = customers(source, whose.values())
    told = {ref: ids[key_of(source, draft) or ""] for ref, draft in whose.items()}
    _identify_as(source, told, records)
    _describe(source, {told[ref]: draft for ref, draft in records.items()})
    moved = {ref for ref, customer in told.items() if ref in before and before[ref].customer_id != customer}
    _move_subscriptions(source, {before[ref].customer_id: told[ref] for ref in moved})
    return moved


def unowned(account_id: int) -> QuerySet[Customer]:
    """The customers that no row of any source refers to."""
    is_booked = Exists(Booking.objects.filter(account_id=account_id, customer=OuterRef("pk")))
    return _untold(account_id).filter(~is_booked, ~_has_merged(account_id))


def headless(account_id: int) -> QuerySet[Customer]:
    """The customers of whom nothing is told any more, while others are still merged into them."""
    return _untold(account_id).filter(_has_merged(account_id))


def _untold(account_id: int) -> QuerySet[Customer]:
    found = Customer.objects.filter(account_id=account_id)
    for owner in (Transaction, Superseded, CustomerIdentity, Detail, Subscription):
        found = found.filter(~Exists(owner.objects.filter(account_id=account_id, customer=OuterRef("pk"))))
    return found


def _has_merged(account_id: int) -> Exists:
    return Exists(Customer.objects.filter(account_id=account_id, merged_into=OuterRef("pk")))


def disown(account_id: int, identities: Collection[CustomerIdentity]) -> None:
    """Forget that these were told, and what only they had told of people whom others know too. Inside tenant()."""
    known = {identity.customer_id for identity in identities}
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM datasources_customeridentity WHERE account_id = %s AND id = ANY(%s)",
            [account_id, [identity.pk for identity in identities]],
        )
        cursor.execute(_WHAT_OTHERS_TELL, {"account": account_id, "customers": list(known)})


_WHAT_OTHERS_TELL = """
    UPDATE datasources_customer c SET (name, country) = (
        SELECT (array_agg(i.name ORDER BY i.id DESC) FILTER (WHERE i.name IS NOT NULL))[1],
               (array_agg(i.country ORDER BY i.id DESC) FILTER (WHERE i.country IS NOT NULL))[1]
        FROM datasources_customeridentity i WHERE i.account_id = c.account_id AND i.customer_id = c.id)
    WHERE c.account_id = %(account)s AND c.id = ANY(%(customers)s)"""


def _identify_as(source: DataSource, told: dict[str, int], records: dict[str, CustomerRecordDraft]) -> None:
    """Write down who the provider's customers are, with the name and country that it gives them."""
    CustomerIdentity.objects.bulk_create(
        (
            CustomerIdentity(
                account_id=source.account_id,
                source=source,
                external_id=ref,
                customer_id=customer,
                name=(records[ref].name or "")[:LONGEST_NAME] or None,
                country=country_of(records[ref].country),
            )
            for ref, customer in told.items()
        ),
        update_conflicts=True,
        unique_fields=["account", "source", "external_id"],
        update_fields=["customer", "name", "country"],
    )


def _move_subscriptions(source: DataSource, moved: dict[int, int]) -> None:
    """Give them to whom their customers (old → new) turned out to be; those of one who is others too wait for news."""
    if not moved:
        return
    still = CustomerIdentity.objects.filter(account_id=source.account_id, source=source, customer__in=moved)
    for old in still.values_list("customer", flat=True):
        moved.pop(old, None)
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE datasources_subscription s SET customer_id = moved.new
               FROM unnest(%s::bigint[], %s::bigint[]) AS moved (old, new)
               WHERE s.account_id = %s AND s.source_id = %s AND s.customer_id = moved.old""",
            [list(moved), list(moved.values()), source.account_id, source.pk],
        )


def _address(customer: CustomerDraft) -> str | None:
    address = (customer.email or "").strip().lower()
    return address if 0 < len(address) <= LONGEST_ADDRESS else None


def _told_address(customer: CustomerDraft) -> str | None:
    """The address to be written down; none of somebody who was erased."""
    address = _address(customer)
    return None if address and address.startswith(VEIL) else address


def _known(source: DataSource, refs: Collection[str]) -> dict[str, Identified]:
    found = CustomerIdentity.objects.filter(account_id=source.account_id, source=source, external_id__in=refs)
    return {
        ref: Identified(customer, email is not None or key.startswith(VEIL))
        for ref, customer, email, key in found.values_list(
            "external_id", "customer_id", "customer__email", "customer__key"
        )
    }


def _describe(source: DataSource, drafts: dict[int, CustomerRecordDraft]) -> None:
    """Write names and countries to the customers, where they are told and new."""
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE datasources_customer c
               SET name = coalesce(told.name, c.name), country = coalesce(told.country, c.country)
               FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS told (id, name, country)
               WHERE c.account_id = %s AND c.id = told.id
                 AND (c.name, c.country)
                     IS DISTINCT FROM (coalesce(told.name, c.name), coalesce(told.country, c.country))
            """,
            [
                list(drafts),
                [draft.name and draft.name[:LONGEST_NAME] for draft in drafts.values()],
                [country_of(draft.country) for draft in drafts.values()],
                source.account_id,
            ],
        )
