"""Two customers, or two products, merged by hand. Facts stay as they were told; only booking follows, both ways."""

from accounts import audit
from accounts.audit import Verb
from accounts.models import User
from datasources.models import BOOKING_LOCK, Customer, Product, roots
from datasources.services import catalogue, people, rebooking
from putler.kernel.errors import PutlerError
from putler.tenancy import lock

Thing = Customer | Product


def merge(one: Thing, *, into: Thing, by: User) -> None:
    """Count all that is told of one as the other's, now and in time to come. Inside tenant().

    Raises PutlerError: they are one already, or two kinds or accounts.
    """
    if type(one) is not type(into) or one.account_id != into.account_id:
        raise PutlerError("These two cannot be one.")
    lock(BOOKING_LOCK, one.account_id)  # no import is booking without knowing of it
    merged = roots(one.account_id, type(one))
    target = merged.get(into.pk, into.pk)
    if one.pk in merged or target == one.pk:
        raise PutlerError("These two are one already." if merged.get(one.pk, one.pk) == target else _MERGED_BEFORE)
    _point(one, target)
    _ask(one, _below(one, merged))
    verb = Verb.CUSTOMERS_MERGED if isinstance(one, Customer) else Verb.PRODUCTS_MERGED
    detail = {"into": str(into.public_id)}
    audit.record(verb, account_id=one.account_id, subject=one, actor=by, detail=detail)


def part(one: Thing, *, by: User) -> None:
    """Undo a merge: what is told of one counts as its own again. Inside tenant(). Raises PutlerError: there is none."""
    lock(BOOKING_LOCK, one.account_id)
    merged = roots(one.account_id, type(one))
    if one.pk not in merged:
        raise PutlerError("This one was not merged.")
    _point(one, None)
    _ask(one, _below(one, merged))
    verb = Verb.CUSTOMERS_PARTED if isinstance(one, Customer) else Verb.PRODUCTS_PARTED
    audit.record(verb, account_id=one.account_id, subject=one, actor=by)


_MERGED_BEFORE = "This one is part of another already: part them first."


def relieve(account_id: int) -> bool:
    """Let nobody stand for others of whom nothing is told any more: they count as the one above it, or as the eldest.

    Whether there was one; their rows wait to be booked again. Inside tenant() and under the lock of booking.
    """
    found: list[Thing] = [*people.headless(account_id)[:1], *catalogue.headless(account_id)[:1]]
    for one in found:
        own = type(one)._default_manager.filter(account_id=account_id)
        merged = roots(account_id, type(one))
        moved = _below(one, merged) - {one.pk}
        heirs = own.filter(merged_into=one.pk).order_by("pk")
        heir = one.merged_into_id or heirs.values_list("pk", flat=True)[0]
        heirs.update(merged_into=heir)
        own.filter(pk=heir, merged_into=heir).update(merged_into=None)
        own.filter(pk=one.pk).update(merged_into=None)
        _ask(one, moved)
    return bool(found)


def _point(one: Thing, target: int | None) -> None:
    one.merged_into_id = target
    one.save(update_fields=["merged_into"])


def _below(one: Thing, merged: dict[int, int]) -> set[int]:
    """Itself, and whoever was merged into it before."""
    account_id = one.account_id
    links = dict(
        type(one)._default_manager.filter(account_id=account_id, pk__in=merged).values_list("pk", "merged_into_id")
    )
    moved = {one.pk}
    while more := {pk for pk, target in links.items() if target in moved} - moved:
        moved |= more
    return moved


def _ask(one: Thing, moved: set[int]) -> None:
    """Have the movements of these booked again."""
    if isinstance(one, Customer):
        rebooking.ask(one.account_id, customers=moved)
    else:
        rebooking.ask(one.account_id, products=moved)
