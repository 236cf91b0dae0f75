"""Who bought, who came back, and what they brought. Source: docs/metrics.md, “Customers”.

A customer is an e-mail address, or a provider's own customer where there is none; others are anonymous.
"""

from django.db.models import Q

from analytics.metrics.base import Better, Distinct, Ratio, Simple, Total, Unit
from analytics.metrics.sales import DISPUTED, ORDERED, REFUNDED, SOLD, SOURCE, SOURCE_COUNTRY

KNOWN = Q(customer__isnull=False)

CUSTOMERS = (
    Distinct(
        slug="paying_customers", label="Paying customers", formula="number of customers with an order in the range",
        unit=Unit.COUNT, better=Better.UP, dims=SOURCE, where=ORDERED & KNOWN,
    ),
    Simple(
        slug="first_orders", label="First orders", formula="number of orders that are their customer's first",
        unit=Unit.COUNT, better=Better.UP, dims=SOURCE_COUNTRY, is_internal=True, where=Q(is_first=True),
    ),
    Distinct(
        slug="new_customers", label="New customers", formula="number of customers whose first order is in the range",
        unit=Unit.COUNT, better=Better.UP, dims=SOURCE_COUNTRY, where=ORDERED & KNOWN, made_of=("first_orders",),
    ),
    Distinct(
        slug="returning_customers", label="Returning customers", formula="paying customers − new customers",
        unit=Unit.COUNT, better=Better.UP, dims=SOURCE, where=ORDERED & KNOWN,
        made_of=("paying_customers", "new_customers"),
    ),
    Ratio(
        slug="returning_rate", label="Returning share", formula="returning customers ÷ paying customers",
        unit=Unit.PERCENT, better=Better.UP, dims=SOURCE,
        numerator="returning_customers", denominator="paying_customers",
    ),
    Distinct(
        slug="lifetime_customers", label="Customers so far",
        formula="number of customers with an order before the range's end",
        unit=Unit.COUNT, better=Better.UP, is_internal=True, where=ORDERED & KNOWN,
    ),
    Distinct(
        slug="repeat_customers", label="Customers who came back",
        formula="those with two orders or more before the range's end",
        unit=Unit.COUNT, better=Better.UP, is_internal=True, where=ORDERED & KNOWN,
    ),
    Ratio(
        slug="repeat_rate", label="Repeat rate",
        formula="customers with two orders or more ÷ customers, before the range's end",
        unit=Unit.PERCENT, better=Better.UP, numerator="repeat_customers", denominator="lifetime_customers",
    ),
    Simple(
        slug="anonymous_orders", label="Orders without customer",
        formula="number of orders that no customer figure contains",
        unit=Unit.COUNT, dims=SOURCE, where=ORDERED & ~KNOWN,
    ),
    Total(
        slug="known_orders", label="Orders with customer", formula="orders − orders without customer",
        unit=Unit.COUNT, dims=SOURCE, is_internal=True, terms=("orders", "-anonymous_orders"),
    ),
    Ratio(
        slug="orders_per_customer", label="Orders per customer", formula="orders with a customer ÷ paying customers",
        unit=Unit.NUMBER, better=Better.UP, dims=SOURCE, numerator="known_orders", denominator="paying_customers",
    ),
    Ratio(
        slug="acquired_per_day", label="New customers per day",
        formula="new customers ÷ local days, future days not counted",
        unit=Unit.NUMBER, better=Better.UP, dims=SOURCE_COUNTRY, numerator="new_customers", denominator="elapsed_days",
    ),
    Distinct(
        slug="refunded_customers", label="Refunded customers", formula="number of customers with a refund in the range",
        unit=Unit.COUNT, better=Better.DOWN, dims=SOURCE, where=REFUNDED & KNOWN & Q(amount__lt=0),
    ),
    Distinct(
        slug="lost_customers", label="Lost customers",
        formula="paying customers of whose money, in each currency, nothing was left by the range's end",
        unit=Unit.COUNT, better=Better.DOWN, where=ORDERED & KNOWN, made_of=("paying_customers",),
    ),
    Ratio(
        slug="lost_share", label="Lost share", formula="lost customers ÷ paying customers",
        unit=Unit.PERCENT, better=Better.DOWN, numerator="lost_customers", denominator="paying_customers",
    ),
    Simple(
        slug="known_gross_sales", label="Gross sales with customer", formula="gross sales of known customers",
        unit=Unit.MONEY, better=Better.UP, dims=SOURCE, is_internal=True, where=SOLD & KNOWN, value=("amount",),
    ),
    Simple(
        slug="known_net_sales", label="Net sales with customer", formula="net sales of known customers",
        unit=Unit.MONEY, better=Better.UP, dims=SOURCE, is_internal=True,
        where=(SOLD | REFUNDED | DISPUTED) & KNOWN, value=("amount",),
    ),
    Ratio(
        slug="net_per_customer", label="Net sales per customer",
        formula="net sales of known customers ÷ paying customers",
        unit=Unit.MONEY, better=Better.UP, dims=SOURCE, numerator="known_net_sales", denominator="paying_customers",
    ),
    Ratio(
        slug="arppu", label="Revenue per paying customer", formula="gross sales of known customers ÷ paying customers",
        unit=Unit.MONEY, better=Better.UP, dims=SOURCE, numerator="known_gross_sales", denominator="paying_customers",
    ),
    Distinct(
        slug="lifetime_net_sales", label="Their net sales so far",
        formula="net sales before the range's end of all customers so far",
        unit=Unit.MONEY, better=Better.UP, is_internal=True, where=(SOLD | REFUNDED | DISPUTED) & KNOWN,
    ),
    Ratio(
        slug="ltv_historic", label="Lifetime value to date", formula="net sales of all customers so far ÷ their number",
        unit=Unit.MONEY, better=Better.UP, numerator="lifetime_net_sales", denominator="lifetime_customers",
    ),
    Distinct(
        slug="days_between_orders", label="Time between orders",
        formula="median time between two orders of a customer, the later one in the range",
        unit=Unit.DAYS, better=Better.DOWN, where=ORDERED & KNOWN,
    ),
    Distinct(
        slug="mean_days_between_orders", label="Mean time between orders", formula="mean of the same times",
        unit=Unit.DAYS, better=Better.DOWN, where=ORDERED & KNOWN,
    ),
    Distinct(
        slug="days_to_second_order", label="Days to second order",
        formula="median time between a customer's first two orders, the second in the range",
        unit=Unit.DAYS, better=Better.DOWN, where=ORDERED & KNOWN,
    ),
)  # fmt: skip
