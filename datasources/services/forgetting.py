"""Forgetting one customer of the merchant: who they are goes, what they paid stays, and every sum with it."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Final

from django.db.models import Q, QuerySet

from datasources.models import (
    BOOKING_LOCK,
    VEIL,
    Booking,
    Customer,
    CustomerIdentity,
    DataSource,
    Detail,
    ErasedSubject,
    Exclusion,
    RefusedRecord,
    Transaction,
    family,
)
from datasources.services import rebooking
from datasources.services.decisions import excluded
from datasources.services.shielding import digest_of, veil_of
from putler.tenancy import lock, tenant

# What is counted before and after: places that tell who somebody is, or where they live.
PLACES: Final = (
    "Addresses, names and countries",
    "A provider’s customers",
    "Countries of movements",
    "Countries in the books",
    "Details of movements",
    "Rules by address",
    "Refused records",
)
Counts = dict[str, int]


def sought(account_id: int, words: str) -> set[int]:
    """Whom an address, or a provider's id of a customer, means; with everybody who was merged with them.

    Inside tenant(). Somebody who was erased already is found by what they were known as.
    """
    address = words.strip().lower()
    own = Customer.objects.filter(account_id=account_id)
    sources = DataSource.objects.filter(account_id=account_id).values_list("public_id", flat=True)
    refs = [f"{source}:{words.strip()}" for source in sources]
    names = [words.strip(), *(veil_of(account_id, ref) for ref in refs)]
    identities = CustomerIdentity.objects.filter(account_id=account_id, external_id__in=names)
    keys = [address, veil_of(account_id, address), *refs, *(_veiled(account_id, ref) for ref in refs)]
    known = Q(key__in=keys) | Q(pk__in=identities.values("customer"))
    return {pk for one in own.filter(known) for pk in whole(one)}


def whole(customer: Customer) -> set[int]:
    """The ids of a customer and of all whom the merchant merged with them. Inside tenant()."""
    head = customer
    while head.merged_into is not None:
        head = head.merged_into
    return family(head)


def shut_out(account_id: int, digests: Collection[str], *, now: datetime) -> None:
    """Let nothing be told any more of whoever these digests are of. Inside tenant()."""
    ErasedSubject.objects.bulk_create(
        [ErasedSubject(account_id=account_id, digest=digest, erased_at=now) for digest in sorted(digests)],
        ignore_conflicts=True,
    )


def digests_of(account_id: int, ids: Collection[int]) -> set[str]:
    """By what the customers are known: the digests of their addresses and providers' ids. Inside tenant()."""
    return {digest_of(account_id, key) for key in _keys(account_id, ids)}


def count(account_id: int, ids: Collection[int]) -> Counts:
    """How much there is that tells who they are. Inside tenant()."""
    told = ~Q(email=None) | ~Q(name=None) | ~Q(country=None) | ~Q(key__contains=VEIL)
    told_by_provider = ~Q(external_id__startswith=VEIL) | ~Q(name=None) | ~Q(country=None)
    of_them = {"account_id": account_id, "customer__in": ids}
    found = (
        Customer.objects.filter(told, account_id=account_id, pk__in=ids),
        CustomerIdentity.objects.filter(told_by_provider, **of_them),
        Transaction.objects.filter(**of_them).exclude(country=None),
        Booking.objects.filter(**of_them).exclude(country=None),
        _details(account_id, ids),
        Exclusion.objects.filter(account_id=account_id, value__in=_addresses(account_id, ids)),
        RefusedRecord.objects.filter(_naming(account_id, ids), account_id=account_id),
    )
    return dict(zip(PLACES, (rows.count() for rows in found), strict=True))


def forget(account_id: int, ids: Collection[int], *, now: datetime) -> None:
    """Empty all that tells who these customers are, and have their movements booked without it. Safe to repeat."""
    with tenant(account_id):
        lock(BOOKING_LOCK, account_id)  # no import is about to write of them
        shut_out(account_id, digests_of(account_id, ids), now=now)
        RefusedRecord.objects.filter(_naming(account_id, ids), account_id=account_id).delete()
        _keep_left_out(account_id, ids)
        _empty_details(account_id, ids)
        _empty_identities(account_id, ids)
        Transaction.objects.filter(account_id=account_id, customer__in=ids).exclude(country=None).update(country=None)
        for one in Customer.objects.filter(account_id=account_id, pk__in=ids):
            one.key, one.email, one.name, one.country = _veiled(account_id, one.key), None, None, None
            one.save(update_fields=["key", "email", "name", "country"])
        rebooking.ask(account_id, customers=ids)
    while rebooking.rebook_slice(account_id):
        pass


def _keys(account_id: int, ids: Collection[int]) -> Iterator[str]:
    """Addresses and providers' ids, as imports name them; those that are veiled already are not told any more."""
    for key in Customer.objects.filter(account_id=account_id, pk__in=ids).values_list("key", flat=True):
        if VEIL not in key:
            yield key
    identities = CustomerIdentity.objects.filter(account_id=account_id, customer__in=ids)
    for source, ref in identities.values_list("source__public_id", "external_id"):
        if not ref.startswith(VEIL):
            yield f"{source}:{ref}"


def _veiled(account_id: int, key: str) -> str:
    if VEIL in key:
        return key
    if "@" in key:
        return veil_of(account_id, key)
    source, _, _ = key.partition(":")
    return f"{source}:{veil_of(account_id, key)}"


def _addresses(account_id: int, ids: Collection[int]) -> list[str]:
    own = Customer.objects.filter(account_id=account_id, pk__in=ids).exclude(email=None)
    return [str(email) for email in own.values_list("email", flat=True)]


def _naming(account_id: int, ids: Collection[int]) -> Q:
    """The refused records that name one of them."""
    found = Q(pk__in=[])
    for address in _addresses(account_id, ids):
        found |= Q(reason__icontains=address) | Q(ref__icontains=address)
    return found


def _details(account_id: int, ids: Collection[int]) -> QuerySet[Detail]:
    """What other lists tell of their movements, where they live or which customer of the provider it is."""
    named = Q(customer__in=ids) & ~Q(country=None)
    identities = CustomerIdentity.objects.filter(account_id=account_id, customer__in=ids)
    for source, ref in identities.values_list("source", "external_id"):
        named |= Q(source=source, customer_ref=ref) & (~Q(country=None) | ~Q(customer_ref__startswith=VEIL))
    return Detail.objects.filter(named, account_id=account_id)


def _empty_details(account_id: int, ids: Collection[int]) -> None:
    own = Detail.objects.filter(account_id=account_id)
    own.filter(customer__in=ids).update(country=None)
    for one in CustomerIdentity.objects.filter(account_id=account_id, customer__in=ids).select_related("source"):
        veil = _veil_of_ref(one)
        own.filter(source=one.source, customer_ref=one.external_id).update(customer_ref=veil, country=None)


def _empty_identities(account_id: int, ids: Collection[int]) -> None:
    own = list(CustomerIdentity.objects.filter(account_id=account_id, customer__in=ids).select_related("source"))
    for one in own:
        one.external_id, one.name, one.country = _veil_of_ref(one), None, None
        one.save(update_fields=["external_id", "name", "country"])


def _veil_of_ref(one: CustomerIdentity) -> str:
    if one.external_id.startswith(VEIL):
        return one.external_id
    return veil_of(one.account_id, f"{one.source.public_id}:{one.external_id}")


def _keep_left_out(account_id: int, ids: Collection[int]) -> None:
    """Who counts nowhere by a rule on their address, or its domain, goes on doing so by their digest."""
    own = Exclusion.objects.filter(account_id=account_id)
    left_out = excluded(account_id, ids, {})
    for one in Customer.objects.filter(account_id=account_id, pk__in=left_out).exclude(email=None):
        veil = _veiled(account_id, one.key)
        own.get_or_create(kind=Exclusion.Kind.ADDRESS, value=veil, defaults={"account_id": account_id})
    own.filter(kind=Exclusion.Kind.ADDRESS, value__in=_addresses(account_id, ids)).delete()
