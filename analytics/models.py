"""Figures summed beforehand, written by `rollups` alone, from the bookings, at any time; goals and groups."""

from zoneinfo import ZoneInfo

from django.contrib.postgres.fields import ArrayField
from django.db import models

from analytics.metrics.base import BASE
from datasources.models import DataSource
from putler.tenancy import PublicTenantModel, TenantForeignKey, TenantModel


class State(models.TextChoices):
    BUILDING = "building"
    SERVING = "serving"
    RETIRED = "retired"


class Grain(models.TextChoices):
    DAY = "day"
    MONTH = "month"


class Generation(TenantModel):
    """One complete set of rollups, in one currency and with the days of one time zone."""

    number = models.PositiveIntegerField()
    base_currency = models.CharField(max_length=3)
    time_zone = models.CharField(max_length=64)
    state = models.CharField(max_length=8, choices=State.choices)
    version = models.PositiveBigIntegerField(default=0)  # grows with every drain that changed a day
    current_at = models.DateTimeField(null=True)  # when it last took in changes
    built_to = models.DateField(null=True)  # while it is built by months: the last one that is there
    verified_at = models.DateTimeField(null=True)  # when a part of it was last compared with its bookings
    differences = models.PositiveIntegerField(default=0)  # rows that were found to differ then

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "number"], name="generation_number"),
            models.UniqueConstraint(
                fields=["account", "state"], condition=~models.Q(state=State.RETIRED), name="generation_once_per_state"
            ),
            models.CheckConstraint(condition=models.Q(state__in=State.values), name="generation_state"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.state}"

    @property
    def zone(self) -> ZoneInfo:
        """The time zone whose midnights cut its days."""
        return ZoneInfo(self.time_zone)

    @property
    def money(self) -> str:
        """The prefix of the bookings' amounts that it sums: those in the account's next currency, if it is in that."""
        return BASE if self.base_currency == self.account.base_currency else "next_"


class KeptPage(TenantModel):
    """A page as it was written from one version of the figures; `keeping` alone writes and finds it."""

    generation = TenantForeignKey(Generation, related_name="kept_pages")
    key = models.UUIDField()  # a digest of the address, the reader and the day
    version = models.PositiveBigIntegerField()
    around = models.CharField(max_length=64)  # a digest of the sources at that time
    html = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "generation", "key"], name="kept_page_key")]

    def __str__(self) -> str:
        return f"{self.key} of version {self.version}"


class Rollup(TenantModel):
    """What was booked on a local day or in a local month (`on` is its first day) under one condition.

    A row holds for the same sets of sources as the bookings in it: see `datasources.models.Booking`.
    """

    generation = TenantForeignKey(Generation, related_name="%(class)ss")
    grain = models.CharField(max_length=5, choices=Grain.choices)
    on = models.DateField()
    source = TenantForeignKey(DataSource, related_name="%(class)ss")
    present = ArrayField(models.BigIntegerField(), null=True)
    absent = ArrayField(models.BigIntegerField(), null=True)

    class Meta:
        abstract = True
        # Serves every read of a range and every rewrite of a day.
        indexes = [models.Index(fields=["account", "generation", "grain", "on"], name="%(class)s_by_range")]

    def __str__(self) -> str:
        return f"{self.grain} {self.on} of {self.source_id}"


class SummedRollup(Rollup):
    """Sums of the measures of `metrics.registry.MEASURES`, one column each, null for none.

    Money is minor units: `native_` of `currency`, `base_` of the generation's base currency.
    """

    currency = models.CharField(max_length=3)
    base_gross_sales = models.BigIntegerField(null=True)
    native_gross_sales = models.BigIntegerField(null=True)
    base_refunds = models.BigIntegerField(null=True)
    native_refunds = models.BigIntegerField(null=True)
    refund_count = models.BigIntegerField(null=True)
    base_disputes = models.BigIntegerField(null=True)
    native_disputes = models.BigIntegerField(null=True)
    base_taxes = models.BigIntegerField(null=True)
    native_taxes = models.BigIntegerField(null=True)
    base_shipping = models.BigIntegerField(null=True)
    native_shipping = models.BigIntegerField(null=True)
    base_discounts = models.BigIntegerField(null=True)
    native_discounts = models.BigIntegerField(null=True)
    base_list_sales = models.BigIntegerField(null=True)
    native_list_sales = models.BigIntegerField(null=True)
    orders = models.BigIntegerField(null=True)
    units = models.BigIntegerField(null=True)
    units_refunded = models.BigIntegerField(null=True)
    disputes_opened = models.BigIntegerField(null=True)
    disputes_won = models.BigIntegerField(null=True)
    failed_payments = models.BigIntegerField(null=True)
    failed_orders = models.BigIntegerField(null=True)
    base_failed_amount = models.BigIntegerField(null=True)
    native_failed_amount = models.BigIntegerField(null=True)
    movements = models.BigIntegerField(null=True)
    unconverted = models.BigIntegerField(null=True)
    first_orders = models.BigIntegerField(null=True)

    class Meta(Rollup.Meta):
        abstract = True


class RollupTotal(SummedRollup):
    """The sums by currency, and by the currency that customers saw."""

    presentment_currency = models.CharField(max_length=3)
    base_fees_kept_back = models.BigIntegerField(null=True)
    native_fees_kept_back = models.BigIntegerField(null=True)
    base_fees_apart = models.BigIntegerField(null=True)
    native_fees_apart = models.BigIntegerField(null=True)
    free_orders = models.BigIntegerField(null=True)
    pending_sales = models.BigIntegerField(null=True)
    base_pending_amount = models.BigIntegerField(null=True)
    native_pending_amount = models.BigIntegerField(null=True)
    anonymous_orders = models.BigIntegerField(null=True)
    base_known_gross_sales = models.BigIntegerField(null=True)
    native_known_gross_sales = models.BigIntegerField(null=True)
    base_known_net_sales = models.BigIntegerField(null=True)
    native_known_net_sales = models.BigIntegerField(null=True)


class RollupCountry(SummedRollup):
    """The sums by country; only the measures that a country can have."""

    country = models.CharField(max_length=2, null=True)


class RollupProduct(Rollup):
    """The sums of booked lines by product, in a currency: one array a measure, by rising product number.

    The arrays are little-endian: `number`, `product_orders` int32, the others int64. The number 0 stands for the goods
    that no line accounts for. A number that no product has any more counts nowhere.
    """

    currency = models.CharField(max_length=3)
    number = models.BinaryField()
    base_product_sold = models.BinaryField()
    native_product_sold = models.BinaryField()
    base_product_refunded = models.BinaryField()
    native_product_refunded = models.BinaryField()
    product_units = models.BinaryField()
    product_units_refunded = models.BinaryField()
    product_orders = models.BinaryField()


class RollupHour(Rollup):
    """The sales by local hour: arrays of 24 for a day, of 168 for a month (Monday's hours first), little-endian.

    `sales` and `orders` int32: sales, those of amount 0 too, and orders; `gross` int64 minor units of the base
    currency.
    """

    sales = models.BinaryField()
    orders = models.BinaryField()
    gross = models.BinaryField()


class RollupCustomer(Rollup):
    """Who bought: bitmaps of customer numbers (Roaring, portable format), and one array a figure, by rising number.

    The arrays are little-endian: `number`, `orders` int32; `units` (sold), `gross`, `net` int64 minor units of the base
    currency; `last_at` int64 microseconds since 1970 of the last order, 0 for none. They hold everyone whose money
    moved; `buyers` those with an order, `buyers_twice` with two or more, `refunded` with a refund.
    """

    buyers = models.BinaryField()
    buyers_twice = models.BinaryField()
    refunded = models.BinaryField()
    number = models.BinaryField()
    orders = models.BinaryField()
    units = models.BinaryField()
    gross = models.BinaryField()
    net = models.BinaryField()
    last_at = models.BinaryField()


class RollupOrder(Rollup):
    """Entries one by one, in a currency; a month has those of its days. The arrays are little-endian.

    `placed_at` int64, `buyer` int32, `placed` int64: each order of a known customer, its microseconds since 1970, the
    customer's number and the id of the movement that dates it. `basket` int64, `product`, `product_buyer` int32: each
    product in an order, the id of that movement and both numbers, 0 for an unknown customer. `owner` int32, `net`
    int64: what each customer brought, in minor units of `currency`.
    """

    currency = models.CharField(max_length=3)
    placed_at = models.BinaryField()
    buyer = models.BinaryField()
    placed = models.BinaryField()
    basket = models.BinaryField()
    product = models.BinaryField()
    product_buyer = models.BinaryField()
    owner = models.BinaryField()
    net = models.BinaryField()


class Goal(PublicTenantModel):
    """What a metric is to reach in a month, quarter or year of local days, or not to exceed where less is better.

    `target`: in major units of `currency` for money, a fraction for percentages, else a number.
    """

    metric = models.CharField(max_length=40)
    first = models.DateField()
    last = models.DateField()
    target = models.DecimalField(max_digits=20, decimal_places=4)
    currency = models.CharField(max_length=3, null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "public_id"], name="goal_public_id"),
            models.UniqueConstraint(fields=["account", "metric", "first", "last"], name="goal_once"),
            models.CheckConstraint(condition=models.Q(target__gt=0), name="goal_target"),
            models.CheckConstraint(condition=models.Q(first__lte=models.F("last")), name="goal_span"),
        ]

    def __str__(self) -> str:
        return f"{self.metric} from {self.first} to {self.last}"


class SourceGroup(PublicTenantModel):
    """Sources looked at together, as of a team or a brand; groups may overlap."""

    name = models.CharField(max_length=100)
    sources = ArrayField(models.BigIntegerField(), default=list)  # ids; those that are gone count nowhere

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "public_id"], name="sourcegroup_public_id"),
            models.UniqueConstraint(fields=["account", "name"], name="sourcegroup_name"),
        ]

    def __str__(self) -> str:
        return self.name


class SavedView(PublicTenantModel):
    """What one member looks at again and again: an address of this site, under a name of their own.

    `query` holds filters and random ids, never what somebody searched for.
    """

    user = models.ForeignKey("accounts.User", models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    name = models.CharField(max_length=60)
    path = models.CharField(max_length=100)
    query = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "public_id"], name="savedview_public_id"),
            models.UniqueConstraint(fields=["account", "user", "name"], name="savedview_name"),
        ]

    def __str__(self) -> str:
        return self.name
