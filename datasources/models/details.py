"""What a provider's other lists tell of movements, people and things, kept so that arrival in any order will do."""

from collections.abc import Collection

from django.contrib.postgres.fields import ArrayField
from django.db import models

from putler.tenancy import PublicTenantModel, TenantForeignKey, TenantModel

from .grants import DataSource
from .ledger import Customer, Product


class CustomerIdentity(TenantModel):
    """A provider’s id of a customer, and who that is: by e-mail where the provider told one."""

    source = TenantForeignKey(DataSource, related_name="customer_identities")
    external_id = models.CharField(max_length=200)
    customer = TenantForeignKey(Customer, related_name="identities")
    name = models.CharField(max_length=200, null=True, blank=True)  # as this source tells them
    country = models.CharField(max_length=2, null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "source", "external_id"], name="customer_identity_external_id")
        ]
        indexes = [models.Index(fields=["account", "customer"], name="customer_identity_by_customer")]

    def __str__(self) -> str:
        return self.external_id


class ProductIdentity(TenantModel):
    """A provider's id of a product or of one of its prices. `price`: minor units."""

    source = TenantForeignKey(DataSource, related_name="product_identities")
    external_id = models.CharField(max_length=200)
    product = TenantForeignKey(Product, related_name="identities")
    currency = models.CharField(max_length=3, null=True)
    price = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "source", "external_id"], name="product_identity_external_id")
        ]
        indexes = [models.Index(fields=["account", "product"], name="product_identity_by_product")]

    def __str__(self) -> str:
        return self.external_id


class Detail(TenantModel):
    """What a record of another list tells of the movements whose payment or order it is about.

    `about`: their `payment_ref`, `external_id` or `order_ref`. `tax`, `shipping`, `discount` and the items are minor
    units of `currency` and parts of `amount`. `customer`: a guest known by e-mail; `customer_ref`: the provider's
    customer.
    """

    source = TenantForeignKey(DataSource, related_name="details")
    external_id = models.CharField(max_length=200)
    about = models.CharField(max_length=200)
    status = models.CharField(max_length=9, null=True)
    currency = models.CharField(max_length=3, null=True)
    amount = models.BigIntegerField(null=True)
    tax = models.BigIntegerField()
    shipping = models.BigIntegerField()
    discount = models.BigIntegerField()
    customer_ref = models.CharField(max_length=200, null=True)
    customer = TenantForeignKey(Customer, null=True, related_name="details")
    country = models.CharField(max_length=2, null=True)
    order_ref = models.CharField(max_length=200, null=True)
    parent_ref = models.CharField(max_length=200, null=True)
    subscription_ref = models.CharField(max_length=200, null=True)
    provider_refs = ArrayField(models.CharField(max_length=200), null=True)
    items = ArrayField(ArrayField(models.BigIntegerField(), size=3), null=True)  # (product, quantity, amount) of each

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "source", "external_id"], name="detail_external_id")]
        indexes = [
            models.Index(fields=["account", "source", "about"], name="detail_by_about"),
            models.Index(
                fields=["account", "source", "customer_ref"],
                name="detail_by_customer_ref",
                condition=models.Q(customer_ref__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.external_id


class Subscription(PublicTenantModel):
    """A promise to pay again, as the provider tells it now."""

    source = TenantForeignKey(DataSource, related_name="subscriptions")
    external_id = models.CharField(max_length=200)
    customer = TenantForeignKey(Customer, null=True, related_name="subscriptions")
    product = TenantForeignKey(Product, null=True, related_name="subscriptions")
    status = models.CharField(max_length=32)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "public_id"], name="subscription_public_id"),
            models.UniqueConstraint(fields=["account", "source", "external_id"], name="subscription_external_id"),
        ]
        indexes = [models.Index(fields=["account", "customer"], name="subscription_by_customer")]

    def __str__(self) -> str:
        return self.external_id


class SubscriptionEvent(TenantModel):
    """What became of a subscription, and its price from then on: `amount` of a period, minor units of `currency`."""

    subscription = TenantForeignKey(Subscription, related_name="events")
    external_id = models.CharField(max_length=200)
    event = models.CharField(max_length=32)
    effective_at = models.DateTimeField()
    currency = models.CharField(max_length=3)
    amount = models.BigIntegerField()
    discount = models.BigIntegerField()
    discount_kind = models.CharField(max_length=16, null=True)
    interval = models.CharField(max_length=8)
    interval_count = models.PositiveSmallIntegerField()
    quantity = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "subscription", "external_id"], name="subscription_event_external_id"
            )
        ]
        indexes = [models.Index(fields=["account", "effective_at"], name="subscription_event_by_time")]

    def __str__(self) -> str:
        return self.external_id

    @classmethod
    def in_view(cls, sources: Collection[int]) -> models.Q:
        """The events of subscriptions in view."""
        return models.Q(subscription__source__in=sources)


class StatementKind(models.TextChoices):
    PAYOUT = "payout"  # sent to the bank
    BALANCE = "balance"  # what lay there, available or not yet


class Statement(TenantModel):
    """A total that the provider itself tells, to be held against the ledger. `amount`: minor units."""

    source = TenantForeignKey(DataSource, related_name="statements")
    external_id = models.CharField(max_length=200)
    kind = models.CharField(max_length=7, choices=StatementKind.choices, default=StatementKind.PAYOUT)
    at = models.DateTimeField()
    currency = models.CharField(max_length=3)
    amount = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "source", "external_id"], name="statement_external_id"),
            models.CheckConstraint(condition=models.Q(kind__in=StatementKind.values), name="statement_kind"),
        ]

    def __str__(self) -> str:
        return self.external_id


class PayoutPart(TenantModel):
    """A movement that the provider counts into a payout; it may be one that the ledger lacks."""

    source = TenantForeignKey(DataSource, related_name="payout_parts")
    external_id = models.CharField(max_length=200)  # the movement's
    payout_ref = models.CharField(max_length=200)
    at = models.DateTimeField()
    currency = models.CharField(max_length=3)
    net = models.BigIntegerField()  # amount less fee, as the payout's own list tells it

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "source", "external_id"], name="payout_part_external_id")
        ]
        indexes = [models.Index(fields=["account", "source", "payout_ref"], name="payout_part_by_payout")]

    def __str__(self) -> str:
        return f"{self.external_id} in {self.payout_ref}"


class Reconciliation(TenantModel):
    """What the ledger adds up to beside a total of the provider's. `ours`, `theirs`: minor units of `currency`.

    `first_difference_on`: the UTC day on which the two are seen to part.
    """

    source = TenantForeignKey(DataSource, related_name="reconciliations")
    ref = models.CharField(max_length=200)  # the statement's external id
    kind = models.CharField(max_length=7, choices=StatementKind.choices)
    currency = models.CharField(max_length=3)
    to_at = models.DateTimeField()
    ours = models.BigIntegerField()
    theirs = models.BigIntegerField()
    first_difference_on = models.DateField(null=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "source", "ref"], name="reconciliation_of_statement")]
        indexes = [models.Index(fields=["account", "source", "to_at"], name="reconciliation_by_time")]

    def __str__(self) -> str:
        return f"{self.ref}: {self.difference}"

    @property
    def difference(self) -> int:
        """By how much the ledger says more, minor units."""
        return self.ours - self.theirs
