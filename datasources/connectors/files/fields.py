"""What a column of a file can mean, and by which names it is recognised."""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple


class Shape(StrEnum):
    """What one row of a file is."""

    ITEMS = "line-items"  # a product of an order; rows of one order number are one order
    MOVEMENTS = "movements"  # a movement of money


class Field(NamedTuple):
    """A meaning. `names`: of columns that have it, letters and digits only, the surest first."""

    slug: str
    label: str
    names: tuple[str, ...]


def _field(slug: str, label: str, names: str) -> Field:
    return Field(slug, label, tuple(names.split()))


_ORDER = _field("order", "Order number", "invoiceno invoicenumber invoice orderid orderno ordernumber order orderref "
    "receiptno receipt rechnungsnummer bestellnummer auftragsnummer name")  # fmt: skip
_DATE = _field("date", "Date", "invoicedate orderdate date datetime created createdat createdutc createddate "
    "transactiondate paidat timestamp datum bestelldatum rechnungsdatum")  # fmt: skip
_TIME = _field("time", "Time, where it stands apart", "time uhrzeit heure")
_SKU = _field("sku", "Product code", "stockcode sku lineitemsku productcode itemcode productid itemid articleno "
    "artikelnummer product item productname itemname lineitemname")  # fmt: skip
_NAME = _field("name", "Product name", "description productname itemname lineitemname title itemtitle bezeichnung "
    "artikelbezeichnung")  # fmt: skip
_QUANTITY = _field("quantity", "Quantity", "quantity qty lineitemquantity units count menge anzahl")
_PRICE = _field("price", "Price of one", "unitprice lineitemprice itemprice price preis einzelpreis stückpreis")
_WORTH = _field("amount", "Amount of the line", "linetotal amount total subtotal gross betrag summe gesamtpreis")
_AMOUNT = _field("amount", "Amount", "amount gross total betrag brutto montant grossamount amountpaid")
_CURRENCY = _field("currency", "Currency", "currency currencycode währung devise")
_CUSTOMER = _field("customer", "Customer number", "customerid customerno customernumber customer clientid "
    "kundennummer")  # fmt: skip
_EMAIL = _field("email", "Customer’s e-mail", "email customeremail emailaddress fromemailaddress payeremail buyeremail "
    "absenderemailadresse")  # fmt: skip
_COUNTRY = _field("country", "Country", "country countrycode billingcountry customercountry shippingcountry land pays")
_ID = _field("id", "Number of the movement", "transactionid id paymentid chargeid reference referenceid "
    "balancetransactionid transaktionscode")  # fmt: skip
_KIND = _field("kind", "Kind", "kind type category reportingcategory transactiontype typ art")
_STATUS = _field("status", "Status", "status state paymentstatus")
_FEE = _field("fee", "Fee", "fee fees gebühr frais")
_TAX = _field("tax", "Tax in the amount", "tax taxes vat salestax mwst steuer")
_SHIPPING = _field("shipping", "Shipping in the amount", "shipping shippingamount versand")
_PARENT = _field("parent", "Number of what it refers to", "parentid originalid refersto referencetxnid refundof")

FIELDS: dict[Shape, tuple[Field, ...]] = {
    Shape.ITEMS: (
        _ORDER, _DATE, _TIME, _SKU, _NAME, _QUANTITY, _PRICE, _WORTH, _CURRENCY, _CUSTOMER, _EMAIL, _COUNTRY,
    ),
    Shape.MOVEMENTS: (
        _ID, _DATE, _TIME, _AMOUNT, _CURRENCY, _KIND, _STATUS, _FEE, _TAX, _SHIPPING, _CUSTOMER, _EMAIL, _COUNTRY, _SKU,
        _QUANTITY, _PARENT,
    ),
}  # fmt: skip
_NEEDED: dict[Shape, tuple[tuple[str, ...], ...]] = {  # of each group one is enough
    Shape.ITEMS: (("order",), ("date",), ("sku",), ("quantity",), ("price", "amount")),
    Shape.MOVEMENTS: (("date",), ("amount",)),
}
NUMBERS = ("price", "amount", "fee", "tax", "shipping")


def missing(shape: Shape, columns: dict[str, int]) -> list[str]:
    """The labels of what a file of this shape needs and lacks."""
    labels = {field.slug: field.label for field in FIELDS[shape]}
    return [
        " or ".join(labels[slug] for slug in group)
        for group in _NEEDED[shape]
        if not any(slug in columns for slug in group)
    ]


def guess(header: Sequence[str], shape: Shape | None = None) -> tuple[Shape, dict[str, int]]:
    """What the columns seem to mean: the shape (that given, if one is) and field → place of its column."""
    if shape:
        return shape, _columns(header, shape)
    items = _columns(header, Shape.ITEMS)
    if not missing(Shape.ITEMS, items) or {"sku", "quantity"} <= items.keys():
        return Shape.ITEMS, items
    return Shape.MOVEMENTS, _columns(header, Shape.MOVEMENTS)


def _columns(header: Sequence[str], shape: Shape) -> dict[str, int]:
    places: dict[str, int] = {}
    for place, name in enumerate(header):
        places.setdefault("".join(filter(str.isalnum, name.casefold())), place)
    found: dict[str, int] = {}
    for field in FIELDS[shape]:
        free = (places[name] for name in field.names if name in places and places[name] not in found.values())
        if (first := next(free, None)) is not None:
            found[field.slug] = first
    return found
