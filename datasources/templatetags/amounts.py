"""Money as the pages of sources write it."""

from django import template

from putler.kernel.money import Money, decimals

register = template.Library()


@register.filter
def written(money: Money | None) -> str:
    """An amount with its currency, as in −1,234.50 EUR; a dash for nothing."""
    if money is None:
        return "—"
    return f"{money.amount:,.{decimals(money.currency)}f}\u00a0{money.currency}".replace("-", "−")
