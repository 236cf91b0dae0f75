"""What a merchant is told before connecting Stripe: the lists that are read, why, and what never is."""

from datetime import timedelta

from datasources.connectors.streams import WHOLE_LIST, KeyForm, OAuth2, Scope, Stream
from datasources.connectors.stripe import billing, records

# Reading order: what others name comes first, and details before the money, so that rows are complete on arrival.
#
# Horizons. No list tells what was updated, so what may change is read again daily as far back as it usually does:
# - products, prices and subscriptions change as long as they exist, and there are few of them: all of them;
# - customers are given their address in the days around their first order; their deletion is told by an event;
# - charges: debits and held payments take up to ninety days to be paid, to fail or to lapse;
# - refunds stay under way for up to thirty days; disputes are won or lost within half a year;
# - invoices are paid late, after reminders: sixty days;
# - payouts come back within a few days, and are put together until then. The balance is told for the present alone.
# - balance transactions and events never change, but may turn up late: a week.
STREAMS: tuple[Stream, ...] = (
    Stream(
        "products", "Products", "to know what you sell, by name", "/v1/products", records.Product, horizon=WHOLE_LIST
    ),
    Stream(
        "prices", "Prices", "to know which product a price belongs to", "/v1/prices", records.Price, horizon=WHOLE_LIST
    ),
    Stream(
        "customers",
        "Customers",
        "to know who came back, also from your other sources, and from which country",
        "/v1/customers",
        records.Customer,
        horizon=timedelta(days=90),
    ),
    Stream(
        "subscriptions",
        "Subscriptions",
        "to know which subscriptions run, and what they bring in a month",
        "/v1/subscriptions",
        billing.Subscription,
        horizon=WHOLE_LIST,
    ),
    Stream(
        "events",
        "Events",
        "to know when a subscription changed, and which customers you deleted",
        "/v1/events",
        billing.Event,
        horizon=timedelta(days=7),
        reach=timedelta(days=30),
    ),
    Stream(
        "charges",
        "Charges",
        "to know who paid, what they saw on their bill, and which payments failed",
        "/v1/charges",
        records.Charge,
        horizon=timedelta(days=90),
    ),
    Stream(
        "refunds",
        "Refunds",
        "to know which sale a refund belongs to",
        "/v1/refunds",
        records.Refund,
        horizon=timedelta(days=30),
    ),
    Stream(
        "disputes",
        "Disputes",
        "to know which sale a dispute belongs to",
        "/v1/disputes",
        records.Dispute,
        horizon=timedelta(days=180),
    ),
    Stream(
        "invoices",
        "Invoices",
        "to know which products were paid for, and how much of it was tax, shipping and discount",
        "/v1/invoices",
        billing.Invoice,
        horizon=timedelta(days=60),
    ),
    Stream(
        "payouts",
        "Payouts",
        "to know what reached your bank, and hold it against our sums",
        "/v1/payouts",
        records.Payout,
        horizon=timedelta(days=14),
    ),
    Stream(
        "balance_transactions",
        "Balance transactions",
        "to know every movement of your money, and its fee",
        "/v1/balance_transactions",
        records.BalanceTransaction,
        horizon=timedelta(days=7),
    ),
    Stream(
        "payout_parts",
        "Parts of payouts",
        "to hold each payout against the movements that Stripe counts into it",
        "/v1/balance_transactions",
        records.PayoutPart,
        horizon=timedelta(days=14),
        is_aside=True,
    ),
    Stream(
        "balance",
        "Balance",
        "to hold what lies at Stripe against our sums",
        "/v1/balance",
        records.Balance,
        reach=timedelta(seconds=1),
        is_aside=True,
    ),
)

OAUTH = OAuth2(
    authorize="{auth}/oauth/authorize",
    token="{auth}/oauth/token",  # noqa: S106  an address
    revoke="{auth}/oauth/deauthorize",
    revoke_form=(("client_id", "client_id"), ("stripe_user_id", "account"), ("client_secret", "client_secret")),
    scopes=(Scope("read_only", "Read your Stripe data. It cannot change anything or move money."),),
)

KEY_FORM = KeyForm(
    label="Restricted key",
    help=(
        "In Stripe, open Developers → API keys → Create restricted key and tick “Read” for: Balance, "
        "Balance transaction sources, Charges and refunds, Customers, Disputes, Events, Payouts, Products, Invoices, "
        "Plans, Prices and Subscriptions. Leave all others at “None”. Secret keys (sk_live_…) are refused, because "
        "they can move money."
    ),
    prefixes=("rk_live_",),
    test_prefixes=("rk_test_", "sk_test_"),
)

NEVER_READ: tuple[str, ...] = (
    "Card numbers, bank accounts and anything else about how somebody paid.",
    "Phone numbers, streets, post codes and delivery addresses; of an address only the country is read.",
    "Receipts, fraud scores, and the reasons a bank gave.",
    "The evidence in disputes.",
    "Metadata: the notes that you or your apps keep at Stripe.",
)

HISTORY = (
    "Everything since the account was opened; changes of subscriptions for the last 30 days, as Stripe keeps them."
)
