"""What each product brought: line money, without tax and shipping. Source: docs/metrics.md, “Products”."""

from django.db.models import Q

from analytics.metrics.base import Across, Better, LineSum, Ratio, Total, Unit
from analytics.metrics.sales import REFUNDED, SOLD
from analytics.query import By
from datasources.models import Booked

PRODUCT = frozenset({By.PRODUCT})

PRODUCTS = (
    LineSum(
        slug="product_sold", label="Sold", formula="line money of sales and their corrections",
        unit=Unit.MONEY, better=Better.UP, dims=PRODUCT, is_internal=True, where=SOLD, value=("amount",),
    ),
    LineSum(
        slug="product_refunded", label="Given back", formula="line money of refunds",
        unit=Unit.MONEY, better=Better.DOWN, dims=PRODUCT, is_internal=True, where=REFUNDED, value=("-amount",),
    ),
    Total(
        slug="product_revenue", label="Revenue", formula="line money of sales, corrections and refunds",
        unit=Unit.MONEY, better=Better.UP, dims=PRODUCT, terms=("product_sold", "-product_refunded"),
    ),
    LineSum(
        slug="product_units", label="Units", formula="quantity on the product’s lines of sales",
        unit=Unit.COUNT, better=Better.UP, dims=PRODUCT, where=Q(kind=Booked.SALE), value=("quantity",),
    ),
    LineSum(
        slug="product_units_refunded", label="Units back", formula="quantity on the product’s lines of refunds",
        unit=Unit.COUNT, better=Better.DOWN, dims=PRODUCT, where=REFUNDED, value=("-quantity",),
    ),
    LineSum(
        slug="product_orders", label="Orders with it", formula="number of paid orders with a line of the product",
        unit=Unit.COUNT, better=Better.UP, dims=PRODUCT, where=Q(is_order=True),
    ),
    Across(
        slug="positive_product_revenue", label="Revenue of all products", formula="of those above zero",
        unit=Unit.MONEY, dims=PRODUCT, is_internal=True, of="product_revenue",
    ),
    Ratio(
        slug="product_share", label="Share", formula="revenue ÷ revenue of all products above zero",
        unit=Unit.PERCENT, better=Better.UP, dims=PRODUCT,
        numerator="product_revenue", denominator="positive_product_revenue",
    ),
    Ratio(
        slug="product_refund_rate", label="Refund rate of a product",
        formula="line money given back ÷ line money sold in the same range",
        unit=Unit.PERCENT, better=Better.DOWN, dims=PRODUCT, numerator="product_refunded", denominator="product_sold",
    ),
)  # fmt: skip
