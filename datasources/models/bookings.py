"""What the ledger's rows count as. Everything here is computed from the facts and can be computed again.

A movement may count differently depending on which sources one looks at: a shop's order paid through a gateway is one
payment when both are in view, and each of the two counts alone when the other is not. So a booking carries the
condition under which it holds: all sources of `present` are in view, and none of `absent`. For any set of sources the
bookings that hold are exactly what would have been booked if no other source existed.
"""

from collections.abc import Collection
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from accounts.models import Account
from putler.tenancy import TenantForeignKey, TenantManager, TenantModel

from .grants import DataSource
from .ledger import Customer, Product, Transaction

BOOKING_LOCK = (
    "datasources.booking"  # one transaction at a time posts or books, so that two halves of a pair see each other
)


class Booked(models.TextChoices):
    """What a booking is. Rows that no figure counts (duplicates, payouts, loose adjustments) have no booking."""

    SALE = "sale"
    CORRECTION = "correction"  # an adjustment of a sale: negative sale money on its own day
    REFUND = "refund"
    DISPUTE = "dispute"
    DISPUTE_REVERSAL = "dispute_reversal"
    FEE = "fee"
    PENDING_SALE = "pending_sale"
    FAILED_SALE = "failed_sale"


def holding(sources: Collection[int]) -> Q:
    """The condition on rows with `source`, `present` and `absent`: what is booked if only these sources exist."""
    ids = sorted(sources)
    present = Q(present__isnull=True) | Q(present__contained_by=ids)
    absent = Q(absent__isnull=True) | ~Q(absent__overlap=ids)
    return Q(source__in=ids) & present & absent


class BookingQuerySet(models.QuerySet["Booking"]):
    def take_next(self, account: Account) -> None:
        """Make the account's next currency its base currency, in every booking at once; the old amounts are gone.

        Only where all are booked in it, and under BOOKING_LOCK. The account itself follows in the same transaction.
        """
        names = ("amount", "fee", "tax", "shipping", "discount")
        taken: dict[str, Any] = {f"base_{name}": F(f"next_{name}") for name in names}
        left: dict[str, Any] = {f"next_{name}": None for name in names}
        self.filter(account=account).update(
            base_currency=account.next_currency,
            is_rate_final=Coalesce("next_is_rate_final", False),  # noqa: FBT003
            next_is_rate_final=None,
            **taken,
            **left,
        )
        BookedLine.objects.filter(account=account).update(base_amount=F("next_amount"), next_amount=None)
        Restatement.objects.filter(account=account).delete()


class BookingManager(TenantManager["Booking"]):
    """The bookings of an account, in view of whoever asks."""

    def take_next(self, account: Account) -> None:
        """As for a set of them, for all."""
        BookingQuerySet(self.model, using=self._db).take_next(account)


class Booking(TenantModel):
    """One movement as it counts where its condition holds. `services.booking` alone writes it.

    Amounts are minor units: without prefix in `currency`, with `base_` in `base_currency`, or null where no exchange
    rate was known. `next_` ones are in the account's next currency, and hold only where it has one. `units` has the
    sign of the money.
    """

    transaction = TenantForeignKey(Transaction, related_name="bookings")
    source = TenantForeignKey(DataSource, related_name="bookings")
    present = ArrayField(models.BigIntegerField(), null=True)
    absent = ArrayField(models.BigIntegerField(), null=True)
    kind = models.CharField(max_length=16, choices=Booked.choices)
    occurred_at = models.DateTimeField()
    currency = models.CharField(max_length=3)
    presentment_currency = models.CharField(max_length=3)
    country = models.CharField(max_length=2, null=True)
    customer = TenantForeignKey(Customer, null=True, related_name="bookings")
    amount = models.BigIntegerField()
    fee = models.BigIntegerField()
    tax = models.BigIntegerField()
    shipping = models.BigIntegerField()
    discount = models.BigIntegerField()
    units = models.IntegerField()
    base_currency = models.CharField(max_length=3)
    base_amount = models.BigIntegerField(null=True)
    base_fee = models.BigIntegerField(null=True)
    base_tax = models.BigIntegerField(null=True)
    base_shipping = models.BigIntegerField(null=True)
    base_discount = models.BigIntegerField(null=True)
    is_rate_final = models.BooleanField()
    is_order = models.BooleanField()  # dates its order (E10)
    is_failed_order = models.BooleanField()  # dates an order that never succeeded (E11)
    is_first = models.BooleanField(default=False)  # the customer's first order, over all sources
    next_amount = models.BigIntegerField(null=True)
    next_fee = models.BigIntegerField(null=True)
    next_tax = models.BigIntegerField(null=True)
    next_shipping = models.BigIntegerField(null=True)
    next_discount = models.BigIntegerField(null=True)
    next_is_rate_final = models.BooleanField(null=True)

    objects: ClassVar[BookingManager] = BookingManager()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(kind__in=Booked.values), name="booking_kind")]
        indexes = [
            models.Index(fields=["account", "transaction"], name="booking_by_transaction"),
            models.Index(fields=["account", "occurred_at"], name="booking_by_time"),
            models.Index(
                fields=["account", "customer", "occurred_at"],
                condition=models.Q(is_order=True),
                name="booking_orders_by_customer",
            ),
            models.Index(
                fields=["account", "occurred_at"],
                condition=models.Q(is_rate_final=False),
                name="booking_by_open_rate",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.transaction_id}"

    @classmethod
    def in_view(cls, sources: Collection[int]) -> Q:
        """What is booked if only these sources exist."""
        return holding(sources)


class BookedLine(TenantModel):
    """A product's part of a booked sale, correction or refund; without a product what no line accounts for.

    The lines of a booking sum to its goods, amount − tax − shipping, in its own currency and in the base currency.
    """

    booking = TenantForeignKey(Booking, related_name="lines")
    product = TenantForeignKey(Product, null=True, related_name="booked_lines")
    quantity = models.IntegerField()  # has the sign of the money
    amount = models.BigIntegerField()
    base_amount = models.BigIntegerField(null=True)
    next_amount = models.BigIntegerField(null=True)
    is_order = models.BooleanField()  # dates its order for its product (E10)
    order_row = models.BigIntegerField(null=True)  # such a line's order: the movement that dates it, where another

    class Meta:
        indexes = [
            models.Index(fields=["account", "booking"], name="booked_line_by_booking"),
            models.Index(fields=["account", "product"], name="booked_line_by_product"),  # the rows behind a product
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.product_id}"

    @classmethod
    def in_view(cls, sources: Collection[int]) -> Q:
        """The lines of what is booked if only these sources exist."""
        return Q(booking__in=Booking.objects.filter(holding(sources)))


class Restatement(TenantModel):
    """How far the bookings of an account are there in its next currency too: all movements up to `position`."""

    currency = models.CharField(max_length=3)
    position = models.BigIntegerField(default=0)  # the id of the last movement
    restated = models.PositiveBigIntegerField(default=0)  # movements
    total = models.PositiveBigIntegerField()
    is_done = models.BooleanField(default=False)
    moved_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account"], name="restatement_once")]

    def __str__(self) -> str:
        return f"{self.currency} {self.restated} of {self.total}"


class DuplicateLink(TenantModel):
    """A store's row and the gateway's row of the same payment, or a store's row with too many candidates."""

    class Match(models.TextChoices):
        REFERENCE = "reference"
        PROBABLE = "probable"
        AMBIGUOUS = "ambiguous"

    store_row = TenantForeignKey(Transaction, related_name="store_links")
    gateway_row = TenantForeignKey(Transaction, null=True, related_name="gateway_links")
    match = models.CharField(max_length=9, choices=Match.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "store_row"], name="duplicate_store_row"),
            models.UniqueConstraint(fields=["account", "gateway_row"], name="duplicate_gateway_row"),
            models.CheckConstraint(
                condition=models.Q(match__in=["reference", "probable", "ambiguous"]), name="duplicate_match"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.store_row_id} {self.match} {self.gateway_row_id}"

    @classmethod
    def in_view(cls, sources: Collection[int]) -> Q:
        """Pairs of which both rows are in view."""
        return Q(store_row__source__in=sources, gateway_row__source__in=sources)


class NotDuplicate(TenantModel):
    """A pair that the merchant took apart: two payments, whatever they have in common. Kept by the sources' own ids."""

    store = TenantForeignKey(DataSource, related_name="+")
    store_ref = models.CharField(max_length=200)
    gateway = TenantForeignKey(DataSource, related_name="+")
    gateway_ref = models.CharField(max_length=200)
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "store", "store_ref", "gateway", "gateway_ref"], name="not_duplicate_pair"
            )
        ]

    def __str__(self) -> str:
        return f"{self.store_ref} is not {self.gateway_ref}"
