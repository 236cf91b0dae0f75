"""What the shop sells, where it ships, and what that costs, in minor units."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True, eq=False)
class Product:
    """Something sold once or, with an `interval`, by subscription; prices by currency."""

    key: str
    name: str
    text: str
    prices: dict[str, int]
    weight: int = 0
    interval: str | None = None


def _prices(eur: int, usd: int, gbp: int) -> dict[str, int]:
    return {"EUR": eur, "USD": usd, "GBP": gbp}


PRODUCTS: Final = (
    Product("beans-house", "House Blend 250 g", "Chocolate, hazelnut; our everyday cup", _prices(890, 990, 790), 30),
    Product("beans-ethiopia", "Ethiopia Guji 250 g", "Bergamot and peach", _prices(1290, 1450, 1150), 18),
    Product("beans-colombia", "Colombia Huila 1 kg", "Caramel, red apple", _prices(3490, 3890, 3090), 12),
    Product(
        "beans-decaf", "Decaf Sleepyhead 250 g", "All of the taste, none of the night", _prices(1090, 1190, 950), 8
    ),
    Product("filters", "Paper filters, 100", "Size 02, unbleached", _prices(450, 490, 390), 16),
    Product("dripper", "Ceramic dripper", "One to four cups", _prices(2400, 2600, 2100), 7),
    Product("kettle", "Gooseneck kettle", "0.9 l, with thermometer", _prices(6900, 7500, 5900), 4),
    Product("grinder", "Hand grinder", "Steel burrs, 38 steps", _prices(11900, 12900, 10500), 3),
    Product("mug", "Harbour mug", "Stoneware, 300 ml", _prices(1600, 1750, 1400), 10),
    Product("scale", "Pocket scale", "To a tenth of a gram", _prices(3900, 4200, 3400), 4),
)
PLANS: Final = (
    Product("plan-cup", "Cup Club", "250 g every month", _prices(1190, 1290, 990), 60, "month"),
    Product("plan-pot", "Pot Club", "1 kg every month", _prices(3190, 3490, 2790), 28, "month"),
    Product("plan-year", "Year of Coffee", "250 g a month, paid once a year", _prices(11900, 12900, 9900), 12, "year"),
)
BY_KEY: Final = MappingProxyType({product.key: product for product in (*PRODUCTS, *PLANS)})
UPGRADE: Final = MappingProxyType({"plan-cup": "plan-pot"})
COUPON_PERCENT: Final = 10


@dataclass(frozen=True, slots=True)
class Country:
    """Where buyers live: their currency, tax in thousandths on goods, shipping, and how many they are."""

    code: str
    city: str
    currency: str
    tax: int
    shipping: int
    weight: int
    card_fee: int  # hundredths of a per cent


COUNTRIES: Final = MappingProxyType(
    {
        country.code: country
        for country in (
            Country("DE", "Hamburg", "EUR", 70, 390, 30, 150),
            Country("AT", "Graz", "EUR", 100, 690, 8, 150),
            Country("NL", "Utrecht", "EUR", 90, 690, 8, 150),
            Country("FR", "Lyon", "EUR", 55, 790, 7, 150),
            Country("BE", "Ghent", "EUR", 60, 690, 3, 150),
            Country("ES", "Valencia", "EUR", 100, 890, 4, 150),
            Country("IT", "Bologna", "EUR", 100, 890, 4, 150),
            Country("IE", "Cork", "EUR", 135, 990, 2, 150),
            Country("FI", "Turku", "EUR", 140, 990, 2, 150),
            Country("GB", "Bristol", "GBP", 0, 890, 14, 250),
            Country("US", "Portland", "USD", 0, 1290, 14, 325),
            Country("CA", "Halifax", "USD", 0, 1490, 4, 325),
        )
    }
)
FREE_SHIPPING_FROM: Final = 6000


def part(amount: int, share: int, whole: int) -> int:
    """Return amount × share ÷ whole, rounded half away from zero."""
    quotient, rest = divmod(abs(amount * share), abs(whole))
    rounded = quotient + (2 * rest >= abs(whole))
    return rounded if amount * share * whole >= 0 else -rounded
