"""What a column of a file can mean, and by which names it is recognised."""

from collections.abc import Sequence

from datasources.connectors.files.exports import EXPORTS, recognised
from datasources.connectors.files.shapes import Field, Shape, a_field, columns_of

_ORDER = a_field("order", "Order number", "invoiceno invoicenumber invoice orderid orderno ordernumber order orderref "
    "receiptno receipt rechnungsnummer bestellnummer auftragsnummer name")  # fmt: skip
_DATE = a_field("date", "Date", "invoicedate orderdate date datetime created createdat createdutc createddate "
    "transactiondate paidat timestamp datum bestelldatum rechnungsdatum")  # fmt: skip
_TIME = a_field("time", "Time, where it stands apart", "time uhrzeit heure")
_SKU = a_field("sku", "Product code", "stockcode sku lineitemsku productcode itemcode productid itemid articleno "
    "artikelnummer product item productname itemname lineitemname")  # fmt: skip
_NAME = a_field("name", "Product name", "description productname itemname lineitemname title itemtitle bezeichnung "
    "artikelbezeichnung")  # fmt: skip
_QUANTITY = a_field("quantity", "Quantity", "quantity qty lineitemquantity units count menge anzahl")
_PRICE = a_field("price", "Price of one", "unitprice lineitemprice itemprice price preis einzelpreis stückpreis")
_WORTH = a_field("amount", "Amount of the line", "linetotal amount total subtotal gross betrag summe gesamtpreis")
_AMOUNT = a_field("amount", "Amount", "amount gross total betrag brutto montant grossamount amountpaid")
_CURRENCY = a_field("currency", "Currency", "currency currencycode währung devise")
_CUSTOMER = a_field("customer", "Customer number", "customerid customerno customernumber customer clientid "
    "kundennummer")  # fmt: skip
_EMAIL = a_field("email", "Customer’s e-mail", "email customeremail emailaddress fromemailaddress payeremail "
    "buyeremail absenderemailadresse")  # fmt: skip
_COUNTRY = a_field("country", "Country", "country countrycode billingcountry customercountry shippingcountry land "
    "pays")  # fmt: skip
_ID = a_field("id", "Number of the movement", "transactionid id paymentid chargeid reference referenceid "
    "balancetransactionid transaktionscode")  # fmt: skip
_KIND = a_field("kind", "Kind", "kind type category reportingcategory transactiontype typ art")
_STATUS = a_field("status", "Status", "status state paymentstatus")
_FEE = a_field("fee", "Fee", "fee fees gebühr frais")
_TAX = a_field("tax", "Tax in the amount", "tax taxes vat salestax mwst steuer")
_SHIPPING = a_field("shipping", "Shipping in the amount", "shipping shippingamount versand")
_PARENT = a_field("parent", "Number of what it refers to", "parentid originalid refersto referencetxnid refundof")

FIELDS: dict[Shape, tuple[Field, ...]] = {
    Shape.ITEMS: (
        _ORDER, _DATE, _TIME, _SKU, _NAME, _QUANTITY, _PRICE, _WORTH, _CURRENCY, _CUSTOMER, _EMAIL, _COUNTRY,
    ),
    Shape.MOVEMENTS: (
        _ID, _DATE, _TIME, _AMOUNT, _CURRENCY, _KIND, _STATUS, _FEE, _TAX, _SHIPPING, _CUSTOMER, _EMAIL, _COUNTRY, _SKU,
        _QUANTITY, _PARENT,
    ),
    **{shape: export.fields for shape, export in EXPORTS.items()},
}  # fmt: skip
_NEEDED: dict[Shape, tuple[tuple[str, ...], ...]] = {  # of each group one is enough
    Shape.ITEMS: (("order",), ("date",), ("sku",), ("quantity",), ("price", "amount")),
    Shape.MOVEMENTS: (("date",), ("amount",)),
    **{shape: tuple((slug,) for slug in export.needed) for shape, export in EXPORTS.items()},
}
NUMBERS = ("price", "amount", "fee", "net", "tax", "shipping", "refunded", "presented", "converted")


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
    if shape := shape or recognised(header):
        return shape, columns_of(header, FIELDS[shape])
    items = columns_of(header, FIELDS[Shape.ITEMS])
    if not missing(Shape.ITEMS, items) or {"sku", "quantity"} <= items.keys():
        return Shape.ITEMS, items
    return Shape.MOVEMENTS, columns_of(header, FIELDS[Shape.MOVEMENTS])
