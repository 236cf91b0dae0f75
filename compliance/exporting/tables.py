"""What goes into a copy: of which tables which rows and which fields, as they are declared."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.apps import apps
from django.db.models import Model, Q, QuerySet

from accounts.models import Account, AuditEvent, Membership, User
from analytics.personal_data import FIELDS as COMPUTED
from compliance import members
from compliance.stores import declarations
from datasources.models import Customer, Exclusion
from putler.personal import Personal, Whose
from putler.tenancy import TenantForeignKey, TenantModel, tenant

BATCH: Final = 2_000
Row = tuple[Any, ...]
Rows = Callable[[], QuerySet[Any]]
# Of what is behind an account's wall: left out of its copy, and why.
LEFT_OUT: Final = {
    **{
        label: "computed from the ledger, and can be computed again"
        for label, declared in COMPUTED.items()
        if not any(one.is_exported for one in declared.personal.values())
        and label not in {"analytics.Goal", "analytics.SourceGroup"}
    },
    "datasources.OAuthState": "a consent under way, gone within a day",
    "datasources.Hook": "sealed secrets of webhooks",
    "datasources.HookEvent": "which events were heard, for ninety days",
    "datasources.ChangedHour": "work that waits for a job",
    "datasources.Restatement": "how far a conversion is",
    "datasources.ImportHealth": "a view of what the history of reading says",
    "datasources.ErasedSubject": "digests of those who asked to be forgotten",
}
# What may name a customer's movement, but says nothing of a person by itself.
OF_NO_ONE: Final = frozenset(
    f"datasources.{name}" for name in ("RefusedRecord", "StreamState", "HookEvent", "PayoutPart", "NotDuplicate")
)
_ALONG: Final = {  # of a customer: what hangs on the rows that name them
    "datasources.Line": "transaction__customer__in",
    "datasources.SubscriptionEvent": "subscription__customer__in",
}


@dataclass(frozen=True)
class Part:
    """A table of a copy. `rows`: those that go into it, asked for inside the account where there is one."""

    label: str
    rows: Rows
    account_id: int | None = None

    @property
    def model(self) -> type[Model]:
        """Its model."""
        return apps.get_model(self.label)

    @property
    def fields(self) -> list[str]:
        """The fields that are exported, in their order."""
        declared = declarations()[self.label]
        names = [field.name for field in self.model._meta.local_fields if field.name != "account"]
        return [name for name in names if _is_exported(declared.personal.get(name))]

    @property
    def personal(self) -> dict[str, Personal]:
        """What is declared of those that may say something of a person."""
        declared = declarations()[self.label].personal
        return {name: declared[name] for name in self.fields if name in declared}

    def batches(self) -> Iterator[list[Row]]:
        """The rows, a batch a transaction, so that a ledger of any size goes through."""
        columns = [_column(self.model, name) for name in self.fields]
        last: Any = None
        while True:
            found = self._batch(last, columns)
            if not found:
                return
            last = found[-1][0]
            yield [row[1:] for row in found]

    def _batch(self, last: Any, columns: list[str]) -> list[Row]:
        if self.account_id is None:
            return self._read(last, columns)
        with tenant(self.account_id):
            return self._read(last, columns)

    def _read(self, last: Any, columns: list[str]) -> list[Row]:
        rows = self.rows() if last is None else self.rows().filter(pk__gt=last)
        return list(rows.order_by("pk").values_list("pk", *columns)[:BATCH])


def of_account(account: Account) -> list[Part]:
    """All that is kept of an account."""
    own = [Part("accounts.Account", lambda: Account.objects.filter(pk=account.pk))]
    own.append(Part("accounts.Membership", lambda: Membership.objects.filter(account=account)))
    for label in declarations():
        model = apps.get_model(label)
        if label not in LEFT_OUT and (issubclass(model, TenantModel) or model is AuditEvent):
            own.append(Part(label, _all(model, account.pk), account.pk))
    return own


def of_user(user: User) -> list[Part]:
    """All that is kept of a person who signs in, also in the accounts that they are in."""
    own = []
    for label, is_walled in members.places():
        if not any(one.is_exported for one in declarations()[label].personal.values()):
            continue
        for account_id in user.memberships.values_list("account", flat=True) if is_walled else [None]:
            if members.can_hold(user, label):
                own.append(Part(label, _of_user(user, label, account_id), account_id))
    return own


def of_customers(account: Account, ids: Collection[int]) -> list[Part]:
    """All that is kept of a customer of the merchant. Inside tenant()."""
    addresses = Customer.objects.filter(account_id=account.pk, pk__in=ids).exclude(email=None)
    named = [str(email) for email in addresses.values_list("email", flat=True)]
    own = []
    for label, declared in declarations().items():
        told = [one for one in declared.personal.values() if one.whose is Whose.BUYER and one.is_exported]
        if (told or label in _ALONG) and label not in OF_NO_ONE:
            rows = _of_customers(apps.get_model(label), account.pk, ids, named)
            own.append(Part(label, rows, account.pk))
    return own


def _all(model: type[Model], account_id: int) -> Rows:
    return lambda: model._default_manager.filter(account_id=account_id)


def _of_user(user: User, label: str, account_id: int | None) -> Rows:
    within = {} if account_id is None else {"account_id": account_id}
    return lambda: members.rows_of(user, label).filter(**within)


def _of_customers(model: type[Model], account_id: int, ids: Collection[int], addresses: list[str]) -> Rows:
    if model is Customer:
        found = Q(pk__in=ids)
    elif model is Exclusion:
        found = Q(value__in=addresses)
    elif path := _ALONG.get(model._meta.label):
        found = Q(**{path: ids})
    else:
        found = Q(**{f"{_to_customer(model)}__in": ids})
    return lambda: model._default_manager.filter(found, account_id=account_id)


def _to_customer(model: type[Model]) -> str:
    return next(
        field.name
        for field in model._meta.local_fields
        if isinstance(field, TenantForeignKey) and field.related_model is Customer
    )


def _is_exported(declared: Personal | None) -> bool:
    return declared is None or declared.is_exported


def _column(model: type[Model], name: str) -> str:
    """What is read for a field: of a member the address, which says who that is."""
    return "user__email" if model is Membership and name == "user" else name
