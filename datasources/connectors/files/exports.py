"""Providers' own exports, by the columns that they have.

Sources: PayPal's activity download ("Balance affecting", since 2018, English and German); Shopify's exports of orders,
transactions and payouts; Stripe's itemised balance report (https://docs.stripe.com/reports/balance), and its
dashboard's exports of the balance and of payments.
"""

from collections.abc import Iterable, Mapping

from datasources.connectors.files.shapes import Export, Shape, a_field, columns_of

_DATE = a_field("date", "Date", "date datum")
_CURRENCY = a_field("currency", "Currency", "currency währung devise")
_EMAIL = a_field("email", "Customer’s e-mail", "email customeremail fromemailaddress absenderemailadresse")
_FEE = a_field("fee", "Fee", "fee gebühr entgelt")
_QUANTITY = a_field("quantity", "Quantity", "quantity anzahl lineitemquantity")
_COUNTRY = a_field("country", "Country", "countrycode ländercode billingcountry shippingcountry")
_PAYPAL = Export(
    "PayPal activity download", "paypal", "PayPal", "gateway",
    (
        a_field("id", "Transaction number", "transactionid transaktionscode"), _DATE,
        a_field("time", "Time", "time uhrzeit"), a_field("zone", "Time zone of each row", "timezone zeitzone"),
        a_field("kind", "Type", "type typ beschreibung"), a_field("status", "Status", "status"), _CURRENCY,
        a_field("amount", "Gross", "gross brutto"), _FEE, a_field("net", "Net", "net netto"), _EMAIL, _COUNTRY,
        a_field("sku", "Item number", "itemid artikelnummer"),
        a_field("name", "Item title", "itemtitle artikelbezeichnung"), _QUANTITY,
        a_field("parent", "Number of what it refers to", "referencetxnid zugehörigertransaktionscode"),
        a_field("impact", "Balance impact", "balanceimpact auswirkungaufguthaben auswirkungaufdasguthaben"),
    ),
    ("id", "date", "kind", "currency", "amount"),
    ("id", "date", "time", "zone", "kind", "currency", "amount", "fee"),
)  # fmt: skip
_SHOPIFY_ORDERS = Export(
    "Shopify orders export", "shopify", "Shopify", "store",
    (
        a_field("id", "Order’s own number", "id"), a_field("order", "Order name", "name"),
        a_field("email", "Customer’s e-mail", "email"), a_field("status", "Financial status", "financialstatus"),
        a_field("date", "Created at", "createdat"), a_field("paid", "Paid at", "paidat"),
        a_field("cancelled", "Cancelled at", "cancelledat"), _CURRENCY, a_field("amount", "Total", "total"),
        a_field("tax", "Taxes", "taxes"), a_field("shipping", "Shipping", "shipping"),
        a_field("discount", "Discount", "discountamount"), a_field("refunded", "Refunded amount", "refundedamount"),
        a_field("outstanding", "Outstanding balance", "outstandingbalance"),
        a_field("gateway", "Payment method", "paymentmethod"), _COUNTRY,
        a_field("sku", "Product code", "lineitemsku"), a_field("name", "Product name", "lineitemname"), _QUANTITY,
        a_field("price", "Price of one", "lineitemprice"),
        a_field("reduction", "Discount of the line", "lineitemdiscount"),
    ),
    ("order", "status", "date", "currency", "amount"),
    ("order", "status", "date", "paid", "amount", "quantity", "name", "price"),
    Shape.SHOPIFY_TRANSACTIONS,
)  # fmt: skip
_SHOPIFY_TRANSACTIONS = Export(
    "Shopify transactions export", "shopify", "Shopify", "store",
    (
        a_field("order", "Order’s own number", "order"), a_field("name", "Order name", "name"),
        a_field("kind", "Kind", "kind"), a_field("gateway", "Gateway", "gateway"),
        a_field("date", "Created at", "createdat"), a_field("status", "Status", "status"),
        a_field("amount", "Amount", "amount"), _CURRENCY,
    ),
    ("order", "kind", "date", "status", "amount", "currency"),
    ("order", "name", "kind", "gateway", "date", "status", "amount", "currency"),
    Shape.SHOPIFY_ORDERS,
)  # fmt: skip
_SHOPIFY_PAYOUTS = Export(
    "Shopify payouts export", "shopify", "Shopify Payments", "gateway",
    (
        a_field("date", "Transaction date", "transactiondate"), a_field("kind", "Type", "type"),
        a_field("order", "Order name", "order"), a_field("payout", "Payout date", "payoutdate"),
        a_field("status", "Payout status", "payoutstatus"), a_field("amount", "Amount", "amount"), _FEE,
        a_field("net", "Net", "net"), _CURRENCY,
        a_field("presented", "Amount for the customer", "presentmentamount"),
        a_field("presented_currency", "Currency for the customer", "presentmentcurrency"),
    ),
    ("date", "kind", "amount"),
    ("date", "kind", "order", "payout", "status", "amount", "fee", "net"),
)  # fmt: skip
_STRIPE_BALANCE = Export(
    "Stripe balance report", "stripe", "Stripe", "gateway",
    (
        a_field("id", "Balance transaction", "balancetransactionid id"),
        a_field("date", "Created", "createdutc created"), _CURRENCY, a_field("amount", "Gross", "gross amount"), _FEE,
        a_field("net", "Net", "net"), a_field("kind", "Reporting category or type", "reportingcategory type"),
        a_field("source", "Source", "sourceid source"), _EMAIL,
        a_field("available", "Available on", "availableonutc availableon"),
        a_field("presented", "Amount for the customer", "customerfacingamount"),
        a_field("presented_currency", "Currency for the customer", "customerfacingcurrency"),
        a_field("charge", "Charge", "chargeid"), a_field("intent", "Payment intent", "paymentintentid"),
        a_field("invoice", "Invoice", "invoiceid"), a_field("subscription", "Subscription", "subscriptionid"),
        a_field("payout", "Payout", "automaticpayoutid transfer"),
    ),
    ("id", "date", "currency", "amount", "kind", "source"),
    ("id", "date", "currency", "amount", "fee", "net", "kind", "source", "available"),
)  # fmt: skip
_STRIPE_PAYMENTS = Export(
    "Stripe payments export", "stripe", "Stripe", "gateway",
    (
        a_field("id", "Charge", "id"), a_field("date", "Created", "createddateutc createdutc created"),
        a_field("amount", "Amount", "amount"), a_field("refunded", "Amount refunded", "amountrefunded"), _CURRENCY,
        a_field("converted", "Converted amount", "convertedamount"),
        a_field("converted_currency", "Converted currency", "convertedcurrency"),
        _FEE, a_field("status", "Status", "status"), a_field("mode", "Mode", "mode"), _EMAIL,
        a_field("intent", "Payment intent", "paymentintentid"),
    ),
    ("id", "date", "currency", "amount", "status"),
    ("id", "date", "currency", "amount", "refunded", "fee", "status"),
)  # fmt: skip

EXPORTS: Mapping[Shape, Export] = {
    Shape.PAYPAL: _PAYPAL,
    Shape.SHOPIFY_ORDERS: _SHOPIFY_ORDERS,
    Shape.SHOPIFY_TRANSACTIONS: _SHOPIFY_TRANSACTIONS,
    Shape.SHOPIFY_PAYOUTS: _SHOPIFY_PAYOUTS,
    Shape.STRIPE_BALANCE: _STRIPE_BALANCE,
    Shape.STRIPE_PAYMENTS: _STRIPE_PAYMENTS,
}


def recognised(header: Iterable[str]) -> Shape | None:
    """Which export has such a header; None for any other file."""
    names = list(header)
    proven = (
        shape for shape, export in EXPORTS.items() if set(export.proof) <= columns_of(names, export.fields).keys()
    )
    return next(proven, None)
