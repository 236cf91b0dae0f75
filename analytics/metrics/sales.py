"""Sales, refunds, disputes, fees and failures. Source: docs/metrics.md, “Sales”."""

from django.db.models import Q

from analytics.metrics.base import Better, Elapsed, Ratio, Simple, Total, Unit
from analytics.query import By
from datasources.models import Booked

SOLD = Q(kind__in=[Booked.SALE, Booked.CORRECTION])
REFUNDED = Q(kind=Booked.REFUND)
SOLD_AND_REFUNDED = Q(kind__in=[Booked.SALE, Booked.CORRECTION, Booked.REFUND])
DISPUTED = Q(kind__in=[Booked.DISPUTE, Booked.DISPUTE_REVERSAL])
COUNTED = ~Q(kind__in=[Booked.PENDING_SALE, Booked.FAILED_SALE])
ORDERED = Q(is_order=True)

SOURCE = frozenset({By.SOURCE})
SOURCE_COUNTRY = frozenset({By.SOURCE, By.COUNTRY})
SOURCE_CURRENCY = frozenset({By.SOURCE, By.CURRENCY})
EVERY = frozenset({By.SOURCE, By.CURRENCY, By.COUNTRY})

SALES = (
    Simple(
        slug="gross_sales", label="Gross sales",
        formula="money of sales and their corrections, tax and shipping included",
        unit=Unit.MONEY, better=Better.UP, dims=EVERY, where=SOLD, value=("amount",),
    ),
    Simple(
        slug="refunds", label="Refunds", formula="money given back, on the day it was given back",
        unit=Unit.MONEY, better=Better.DOWN, dims=EVERY, where=REFUNDED, value=("-amount",),
    ),
    Simple(
        slug="refund_count", label="Refunds issued", formula="number of refunds",
        unit=Unit.COUNT, better=Better.DOWN, dims=EVERY, where=REFUNDED & Q(amount__lt=0),
    ),
    Simple(
        slug="disputes", label="Disputes", formula="money withdrawn by disputes − money won back",
        unit=Unit.MONEY, better=Better.DOWN, dims=EVERY, where=DISPUTED, value=("-amount",),
    ),
    Total(
        slug="net_sales", label="Net sales", formula="gross sales − refunds − disputes",
        unit=Unit.MONEY, better=Better.UP, dims=EVERY, terms=("gross_sales", "-refunds", "-disputes"),
    ),
    Simple(
        slug="taxes", label="Taxes", formula="tax of sales, corrections and refunds",
        unit=Unit.MONEY, dims=EVERY, where=SOLD_AND_REFUNDED, value=("tax",),
    ),
    Simple(
        slug="shipping", label="Shipping", formula="shipping, excluding tax, of sales, corrections and refunds",
        unit=Unit.MONEY, dims=EVERY, where=SOLD_AND_REFUNDED, value=("shipping",),
    ),
    Simple(
        slug="discounts", label="Discounts", formula="discounts taken off sales",
        unit=Unit.MONEY, dims=EVERY, where=Q(kind=Booked.SALE), value=("discount",),
    ),
    Total(
        slug="goods_sales", label="Product sales", formula="gross sales − refunds − taxes − shipping",
        unit=Unit.MONEY, better=Better.UP, dims=EVERY, terms=("gross_sales", "-refunds", "-taxes", "-shipping"),
    ),
    Simple(
        slug="list_sales", label="Sales before discounts",
        formula="gross sales − their taxes − their shipping + discounts",
        unit=Unit.MONEY, better=Better.UP, dims=EVERY, where=SOLD, value=("amount", "-tax", "-shipping", "discount"),
    ),
    Simple(
        slug="fees_kept_back", label="Fees kept back", formula="fees that came off a movement",
        unit=Unit.MONEY, better=Better.DOWN, dims=SOURCE_CURRENCY, is_internal=True, where=COUNTED, value=("fee",),
    ),
    Simple(
        slug="fees_apart", label="Fees booked apart", formula="fees with a row of their own",
        unit=Unit.MONEY, better=Better.DOWN, dims=SOURCE_CURRENCY, is_internal=True,
        where=Q(kind=Booked.FEE), value=("-amount",),
    ),
    Total(
        slug="fees", label="Fees", formula="what the providers kept back, and what they charged apart",
        unit=Unit.MONEY, better=Better.DOWN, dims=SOURCE_CURRENCY, terms=("fees_kept_back", "fees_apart"),
    ),
    Total(
        slug="net_earnings", label="Net earnings", formula="net sales − taxes − fees",
        unit=Unit.MONEY, better=Better.UP, dims=SOURCE_CURRENCY, terms=("net_sales", "-taxes", "-fees"),
    ),
    Simple(
        slug="orders", label="Orders", formula="number of paid orders, on the day of their first payment",
        unit=Unit.COUNT, better=Better.UP, dims=EVERY, where=ORDERED,
    ),
    Simple(
        slug="free_orders", label="Free orders", formula="number of sales of amount 0",
        unit=Unit.COUNT, dims=SOURCE, where=Q(kind=Booked.SALE, amount=0),
    ),
    Simple(
        slug="units", label="Units sold", formula="quantity on the lines of sales",
        unit=Unit.COUNT, better=Better.UP, dims=SOURCE_COUNTRY, where=Q(kind=Booked.SALE), value=("units",),
    ),
    Simple(
        slug="units_refunded", label="Units returned", formula="quantity on the lines of refunds",
        unit=Unit.COUNT, better=Better.DOWN, dims=SOURCE_COUNTRY, where=REFUNDED, value=("-units",),
    ),
    Ratio(
        slug="aov", label="Average order value", formula="gross sales ÷ orders",
        unit=Unit.MONEY, better=Better.UP, dims=EVERY, numerator="gross_sales", denominator="orders",
    ),
    Ratio(
        slug="units_per_order", label="Items per order", formula="units sold ÷ orders",
        unit=Unit.NUMBER, better=Better.UP, dims=SOURCE_COUNTRY, numerator="units", denominator="orders",
    ),
    Ratio(
        slug="refund_rate", label="Refund rate", formula="refunds ÷ gross sales of the same range",
        unit=Unit.PERCENT, better=Better.DOWN, dims=EVERY, numerator="refunds", denominator="gross_sales",
    ),
    Ratio(
        slug="fee_rate", label="Fee rate", formula="fees ÷ gross sales",
        unit=Unit.PERCENT, better=Better.DOWN, dims=SOURCE_CURRENCY, numerator="fees", denominator="gross_sales",
    ),
    Ratio(
        slug="discount_rate", label="Discount rate", formula="discounts ÷ sales before discounts",
        unit=Unit.PERCENT, dims=SOURCE_COUNTRY, numerator="discounts", denominator="list_sales",
    ),
    Simple(
        slug="disputes_opened", label="Disputes opened", formula="number of disputes",
        unit=Unit.COUNT, better=Better.DOWN, dims=EVERY, where=Q(kind=Booked.DISPUTE),
    ),
    Simple(
        slug="disputes_won", label="Disputes won", formula="number of disputes won back",
        unit=Unit.COUNT, better=Better.UP, dims=EVERY, where=Q(kind=Booked.DISPUTE_REVERSAL),
    ),
    Ratio(
        slug="dispute_rate", label="Dispute rate", formula="disputes opened ÷ orders",
        unit=Unit.PERCENT, better=Better.DOWN, dims=SOURCE, numerator="disputes_opened", denominator="orders",
    ),
    Simple(
        slug="failed_payments", label="Failed payments", formula="number of failed attempts to pay",
        unit=Unit.COUNT, better=Better.DOWN, dims=EVERY, where=Q(kind=Booked.FAILED_SALE),
    ),
    Simple(
        slug="failed_orders", label="Failed orders",
        formula="orders never paid as of now, on the day of their first attempt",
        unit=Unit.COUNT, better=Better.DOWN, dims=EVERY, where=Q(is_failed_order=True),
    ),
    Simple(
        slug="failed_amount", label="Failed amount", formula="money of the first attempts of failed orders",
        unit=Unit.MONEY, better=Better.DOWN, dims=EVERY, where=Q(is_failed_order=True), value=("amount",),
    ),
    Simple(
        slug="pending_sales", label="Pending", formula="number of sales of the range that are pending now",
        unit=Unit.COUNT, dims=SOURCE, where=Q(kind=Booked.PENDING_SALE),
    ),
    Simple(
        slug="pending_amount", label="Pending amount", formula="money of the sales of the range that are pending now",
        unit=Unit.MONEY, dims=SOURCE, where=Q(kind=Booked.PENDING_SALE), value=("amount",),
    ),
    Elapsed(
        slug="elapsed_days", label="Days", formula="local days of the range that have begun",
        unit=Unit.COUNT, dims=EVERY, is_internal=True,
    ),
    Elapsed(
        slug="elapsed_seconds", label="Time", formula="time of the range that has passed",
        unit=Unit.DURATION, dims=EVERY, is_internal=True,
    ),
    Ratio(
        slug="daily_average", label="Daily average",
        formula="net sales ÷ local days of the range, future days not counted",
        unit=Unit.MONEY, better=Better.UP, dims=SOURCE, numerator="net_sales", denominator="elapsed_days",
    ),
    Ratio(
        slug="sale_every", label="One sale every", formula="time passed ÷ orders",
        unit=Unit.DURATION, better=Better.DOWN, dims=SOURCE, numerator="elapsed_seconds", denominator="orders",
    ),
    Simple(
        slug="movements", label="Movements", formula="number of bookings whose money counts",
        unit=Unit.COUNT, dims=EVERY, is_internal=True, where=COUNTED,
    ),
    Simple(
        slug="unconverted", label="Not converted", formula="number of those without an exchange rate",
        unit=Unit.COUNT, dims=EVERY, is_internal=True, where=COUNTED & Q(base_amount__isnull=True),
    ),
)  # fmt: skip
