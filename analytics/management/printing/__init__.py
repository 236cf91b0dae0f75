"""Lists as the metrics command prints them: text for money and ratios, names for keys."""

from collections.abc import Callable
from typing import Any

from analytics.management.printing import customers, outlook, products, sales
from analytics.query import Query

LISTS: dict[str, Callable[[Query], Any]] = {**sales.LISTS, **customers.LISTS, **products.LISTS, **outlook.LISTS}
