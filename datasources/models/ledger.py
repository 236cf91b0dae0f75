"""The ledger: one row a movement of money, as the provider tells it. Amounts are minor units of the row's currency."""

from collections.abc import Collection
from typing import Final

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, OuterRef, Q

from putler.tenancy import PublicTenantModel, TenantForeignKey, TenantModel

from .erased import VEIL
from .grants import DataSource
from .imports import Upload


class Kind(models.TextChoices):
    SALE = "sale"
    REFUND = "refund"
    FEE = "fee"
    DISPUTE = "dispute"
    DISPUTE_REVERSAL = "dispute_reversal"
    ADJUSTMENT = "adjustment"
    PAYOUT = "payout"


class Status(models.TextChoices):
    SETTLED = "settled"
    PENDING = "pending"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Customer(PublicTenantModel):
    """A buyer of the account, the same person in all its sources.

    `key`: the lower-case e-mail, else `source:provider id`. `number`: dense per account, the index into rollups.
    """

    number = models.PositiveIntegerField()
    key = models.CharField(max_length=320)
    email = models.CharField(max_length=254, null=True, blank=True)
    name = models.CharField(max_length=200, null=True, blank=True)
    country = models.CharField(max_length=2, null=True, blank=True)
    merged_into = TenantForeignKey("self", null=True, related_name="merged")  # by hand; booked as that one

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "public_id"], name="customer_public_id"),
            models.UniqueConstraint(fields=["account", "key"], name="customer_key"),
            models.UniqueConstraint(fields=["account", "number"], name="customer_number"),
        ]
        indexes = [
            models.Index(fields=["account", "email"], name="customer_by_email"),
            models.Index(fields=["account", "name"], include=["id"], name="customer_by_name"),  # read alone by searches
            models.Index(
                fields=["account", "merged_into"],
                condition=Q(merged_into__isnull=False),
                name="customer_by_merged_into",
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def is_erased(self) -> bool:
        """Whether they asked to be forgotten: the row stands for them without a word of who they are."""
        return VEIL in self.key

    @classmethod
    def in_view(cls, sources: Collection[int]) -> Q:
        """Those of whom one of these sources told."""
        return _told_of("customer", sources, "Transaction", "CustomerIdentity", "Detail", "Subscription")


class Product(PublicTenantModel):
    """Something sold, the same in all sources that give it the same stock-keeping unit."""

    number = models.PositiveIntegerField()
    sku = models.CharField(max_length=200, null=True, blank=True)
    name = models.CharField(max_length=500)
    merged_into = TenantForeignKey("self", null=True, related_name="merged")  # by hand; booked as that one

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "public_id"], name="product_public_id"),
            models.UniqueConstraint(fields=["account", "sku"], name="product_sku"),
            models.UniqueConstraint(fields=["account", "number"], name="product_number"),
        ]
        indexes = [
            models.Index(
                fields=["account", "merged_into"], condition=Q(merged_into__isnull=False), name="product_by_merged_into"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def in_view(cls, sources: Collection[int]) -> Q:
        """Those of which one of these sources told."""
        return _told_of("product", sources, "Line", "ProductIdentity", "Subscription")


_STEPS: Final = 3  # merged into one that was merged into one that was merged


def _told_of(name: str, sources: Collection[int], *tellers: str) -> Q:
    """Those of whom one of these sources told, and those who stand for such by hand, over a few steps."""
    found = Q()
    for model in (apps.get_model("datasources", teller) for teller in tellers):
        own = {"account": OuterRef("account"), name: OuterRef("pk")}
        found |= Q(Exists(model._default_manager.filter(model.in_view(sources), **own)))
    things = apps.get_model("datasources", name)._default_manager
    for _ in range(_STEPS):
        found |= Q(Exists(things.filter(found, account=OuterRef("account"), merged_into=OuterRef("pk"))))
    return found


class Transaction(PublicTenantModel):
    """One movement as its source tells it. `services.ledger.post` alone writes it; what it counts as is a Booking."""

    source = TenantForeignKey(DataSource, related_name="transactions")
    upload = TenantForeignKey(Upload, null=True, related_name="transactions")  # the file that brought it
    external_id = models.CharField(max_length=200)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    status = models.CharField(max_length=9, choices=Status.choices)
    occurred_at = models.DateTimeField()
    currency = models.CharField(max_length=3)
    amount = models.BigIntegerField()
    fee = models.BigIntegerField()
    tax = models.BigIntegerField()
    shipping = models.BigIntegerField()
    discount = models.BigIntegerField()
    presentment_currency = models.CharField(max_length=3)
    presentment_amount = models.BigIntegerField()
    customer = TenantForeignKey(Customer, null=True, related_name="transactions")
    country = models.CharField(max_length=2, null=True)
    order_ref = models.CharField(max_length=200, null=True)
    payment_ref = models.CharField(max_length=200, null=True)
    provider_refs = ArrayField(models.CharField(max_length=200), null=True)
    parent_ref = models.CharField(max_length=200, null=True)
    payout_ref = models.CharField(max_length=200, null=True)
    subscription_ref = models.CharField(max_length=200, null=True)
    is_attempt = models.BooleanField(default=False)  # no money moved; the movement itself takes its place
    lines_digest = models.UUIDField(null=True)  # of the lines as posted, so that an unchanged row is seen as one
    imported_at = models.DateTimeField()  # when this version arrived

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "source", "external_id"], name="transaction_external_id"),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="transaction_kind"),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="transaction_status"),
        ]
        indexes = [
            models.Index(fields=["account", "occurred_at"], name="transaction_by_time"),
            models.Index(fields=["account", "amount"], name="transaction_by_amount"),
            models.Index(fields=["account", "customer", "occurred_at"], name="transaction_by_customer"),
            models.Index(
                fields=["account", "order_ref"], condition=Q(order_ref__isnull=False), name="transaction_by_order"
            ),
            models.Index(
                fields=["account", "payment_ref"], condition=Q(payment_ref__isnull=False), name="transaction_by_payment"
            ),
            models.Index(
                fields=["account", "source", "parent_ref"],
                condition=Q(parent_ref__isnull=False),
                name="transaction_by_parent",
            ),
            models.Index(fields=["account", "upload"], condition=Q(upload__isnull=False), name="transaction_by_upload"),
        ]

    def __str__(self) -> str:
        return self.external_id

    @classmethod
    def moved(cls, source: DataSource) -> Q:
        """The condition on rows of a source that its balance there consists of, whatever they count as."""
        settled = Q(status=Status.SETTLED)  # where a provider is read, money on its way lies in the balance already
        return (settled | Q(status=Status.PENDING) if source.is_connected else settled) & Q(is_attempt=False)


class Line(TenantModel):
    """What was sold or given back with a movement, after discounts, excluding tax and shipping."""

    transaction = TenantForeignKey(Transaction, related_name="lines")
    product = TenantForeignKey(Product, null=True, related_name="lines")
    quantity = models.IntegerField()
    amount = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["account", "transaction"], name="line_by_transaction")]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.product_id}"

    @classmethod
    def in_view(cls, sources: Collection[int]) -> Q:
        """The lines of movements in view."""
        return Q(transaction__source__in=sources)


class Superseded(TenantModel):
    """An earlier version of a movement that its source later told otherwise: what was known in [seen_from, seen_to)."""

    transaction = TenantForeignKey(Transaction, related_name="superseded")
    seen_from = models.DateTimeField()
    seen_to = models.DateTimeField()
    kind = models.CharField(max_length=16)
    status = models.CharField(max_length=9)
    occurred_at = models.DateTimeField()
    currency = models.CharField(max_length=3)
    amount = models.BigIntegerField()
    fee = models.BigIntegerField()
    tax = models.BigIntegerField()
    shipping = models.BigIntegerField()
    discount = models.BigIntegerField()
    customer = TenantForeignKey(Customer, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["account", "transaction", "seen_to"], name="superseded_by_transaction")]

    def __str__(self) -> str:
        return f"{self.transaction_id} until {self.seen_to}"

    @classmethod
    def in_view(cls, sources: Collection[int]) -> Q:
        """The earlier versions of movements in view."""
        return Q(transaction__source__in=sources)
