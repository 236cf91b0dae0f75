"""What people decided about buyers and products, as booking asks: who is excluded."""

from collections.abc import Collection, Mapping

from django.db.models import Q, QuerySet

from datasources.models import Customer, Exclusion


def excluded(account_id: int, ids: Collection[int | None], people: Mapping[int, int]) -> set[int]:
    """Which of these customers count nowhere, by their own address or by that of whom they were merged into."""
    rules = _rules(account_id)
    if not rules:
        return set()
    known = {pk for pk in ids if pk is not None}
    heads = {people.get(pk, pk) for pk in known}
    found = set(
        Customer.objects.filter(rules, account_id=account_id, pk__in=known | heads).values_list("pk", flat=True)
    )
    return {pk for pk in known if pk in found or people.get(pk, pk) in found}


def matching(exclusion: Exclusion) -> QuerySet[Customer]:
    """The customers whose own address a rule names."""
    return Customer.objects.filter(exclusion.condition, account_id=exclusion.account_id)


def _rules(account_id: int) -> Q:
    found = Q()
    for exclusion in Exclusion.objects.filter(account_id=account_id):
        found |= exclusion.condition
    return found
