"""The rules that figures keep, as pages tell them, and which of them matter for a metric. Source: docs/metrics.md."""

from typing import Final

from analytics.metrics.base import Distinct, Metric, Ratio, Simple, Total, Unit
from analytics.metrics.registry import needs
from analytics.query import By

RULES: Final = {
    "E1": (
        "A refund counts on the day it was given back, at that day’s rate, however old its sale is. A fully "
        "refunded order stays an order."
    ),
    "E2": (
        "A refund that does not say what it is for takes tax, shipping and products of its sale in proportion to "
        "its amount."
    ),
    "E3": (
        "A dispute lowers net sales on the day the money is withdrawn and raises it again on the day it is won. It"
        " is no refund."
    ),
    "E4": "Days begin at midnight in your account’s time zone, weeks on the day that your settings name.",
    "E5": (
        "Never counted: test payments, what is pending, failed or cancelled, payouts, and movements of your own money."
    ),
    "E6": "Amounts in other currencies are converted row by row, each rounded once; totals add the rounded rows.",
    "E7": (
        "The rate is the ECB’s of the row’s own day, else the latest of the ten days before. Rows without a rate "
        "are in no money figure, and the page says how many there are."
    ),
    "E8": "A payment that a shop and a payment provider both tell of counts once, wherever both are in view.",
    "E9": (
        "A customer is an e-mail address, the same person in all sources. Orders without one are in sales and in "
        "no figure about customers."
    ),
    "E10": "An order is counted on the day of its first settled sale above zero. Part-payments add money and no order.",
    "E11": "A failed order is one that was attempted and never paid; a later success takes it out again.",
    "E12": "Over nothing there is no ratio: a dash, never zero.",
    "E13": "A change is a percentage of the figure before; from zero it is “new”. Percentages change in points.",
    "E14": "A period that is still running is compared with the same elapsed part of the other one.",
    "E15": "Ratios are made of totals, never of other ratios, and rounded at the end.",
    "E16": "A range sees only what happened before its end.",
    "E17": "A row that arrives late changes its own day.",
    "E18": "The figure is the sum of its rows, to the cent: follow it to see them.",
    "E19": "Erasing a person blanks who it was and keeps the rows; no figure moves.",
    "E20": "Where there is no source there is an empty page, no zero.",
}
_ALWAYS: Final = ("E4", "E5", "E8")
_OF_PARTS: Final = {
    "refunds": ("E1", "E2"),
    "refund_count": ("E1",),
    "disputes": ("E3",),
    "disputes_opened": ("E3",),
    "disputes_won": ("E3",),
    "orders": ("E10",),
    "failed_orders": ("E11",),
    "failed_amount": ("E11",),
}


def rules_of(metric: Metric) -> list[tuple[str, str]]:
    """(number, rule) of what decides a metric, in order."""
    parts = needs([metric.slug]).values()
    found = {*_ALWAYS, *(rule for part in parts for rule in _OF_PARTS.get(part.slug, ()))}
    if any(part.unit is Unit.MONEY for part in parts):
        found |= {"E6", "E7"}
    if any(isinstance(part, Distinct) for part in parts):
        found |= {"E9", "E10"}
    if isinstance(metric, Ratio):
        found |= {"E12", "E15"}
    if isinstance(metric, Simple | Total):
        found.add("E18")
    return sorted(((rule, RULES[rule]) for rule in found), key=lambda rule: int(rule[0][1:]))


CUTS: Final = {By.SOURCE: "source", By.CURRENCY: "currency", By.COUNTRY: "country", By.PRODUCT: "product"}
