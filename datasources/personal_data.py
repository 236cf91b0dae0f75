"""What is kept of people and merchants in the sources and in the ledger, and the stores that it lies in."""

from dataclasses import replace

from django.apps import apps

from datasources.services import erasing
from putler.personal import Basis, Declaration, Personal, Whose

_GONE = "with the source, when it is deleted"
_EMPTIED = "emptied"

BUYER = Personal(
    Whose.BUYER, "to know who came back, across the merchant’s sources", Basis.PROCESSOR, "as long as the source",
    "with the last source that knows them; what one source told goes with that source", forgotten=_EMPTIED,
)  # fmt: skip
BUYERS_REF = Personal(
    Whose.BUYER, "to find a movement, an order or a customer again at its provider", Basis.PROCESSOR,
    "as long as the source", _GONE, forgotten="stays: without the customer it tells of a payment, and of nobody",
)  # fmt: skip
BUYERS_ID = replace(BUYERS_REF, forgotten="a keyed digest takes its place")
BUYERS_COUNTRY = Personal(
    Whose.BUYER, "to sum sales by country", Basis.PROCESSOR, "as long as the source", _GONE, forgotten=_EMPTIED
)
MERCHANT = Personal(
    Whose.MERCHANT, "to tell the merchant’s sources and files apart", Basis.CONTRACT, "as long as the source", _GONE
)
SAID = Personal(
    Whose.MERCHANT, "to say what is wrong; it may name the merchant’s things", Basis.CONTRACT, "until it is mended",
    _GONE, is_exported=False,
)  # fmt: skip
SECRET = Personal(
    Whose.MERCHANT, "to read the source, and nothing else", Basis.CONTRACT, "until the source is unlinked",
    "in the transaction that unlinks the source; to be given back at the provider it waits, sealed, for a day at most",
    is_exported=False, is_sealed=True,
)  # fmt: skip
HOOK = Personal(
    Whose.MERCHANT, "to hear from the provider that something is new", Basis.CONTRACT, "as long as the source",
    _GONE, is_exported=False, is_sealed=True,
)  # fmt: skip
HEARD = Personal(
    Whose.BUYER, "to hear each event once", Basis.PROCESSOR, "90 days", "by a daily job, or with the source",
    is_exported=False, forgotten="stays for its 90 days: the number of an event",
)  # fmt: skip
LEFT_OUT = Personal(
    Whose.BUYER, "to leave somebody out of the figures, as the merchant wishes", Basis.PROCESSOR,
    "until the merchant takes it back", "by the merchant, or with the account",
    forgotten="a keyed digest takes its place",
)  # fmt: skip
WHO_ASKED = Personal(
    Whose.MEMBER, "to take a consent from whoever asked for it alone", Basis.INTEREST, "a day",
    "by a daily job, or with the source", is_exported=False,
)  # fmt: skip

_MONEY = "currency amount fee tax shipping discount"
_BASE = "base_currency base_amount base_fee base_tax base_shipping base_discount"
_NEXT = "next_amount next_fee next_tax next_shipping next_discount next_is_rate_final"
FIELDS = {
    "datasources.DataSource": Declaration(
        "id public_id account provider kind is_test connected_at paused_at unlinked_at purge_after purging_at "
        "is_arriving row_count first_at last_at paced_until",
        {"name": MERCHANT, "external_account": MERCHANT, "attention": SAID},
    ),
    "datasources.Credential": Declaration(
        "id account source scopes sealed_at", {"sealed": SECRET, "ending": MERCHANT}
    ),
    "datasources.OAuthState": Declaration(
        "id account digest provider redirect_uri source expires_at used_at",
        {"user": WHO_ASKED, "session_digest": WHO_ASKED},
    ),
    "datasources.Revocation": Declaration(
        "id account public_id provider tries due_at expires_at", {"external_account": MERCHANT, "sealed": SECRET}
    ),
    "datasources.Upload": Declaration(
        "id account public_id preset sha256 header_digest state rows_read rows_good rows_refused rows_test "
        "rows_imported rows_new rows_changed position uploaded_at tries touched_at sources",
        {
            "name": MERCHANT, "path": MERCHANT, "source_name": MERCHANT, "message": SAID, "reading": MERCHANT,
            "findings": MERCHANT,
        },
    ),
    "datasources.StreamState": Declaration(
        "id account source stream number floor_at tail_at head_at reread_at again_from again_to is_aside window_kind "
        "window_from window_to window_rows is_unfiltered is_refused due_at lease_until claim tries warm_at nudged_at",
        {"position": BUYERS_REF, "error": SAID},
    ),
    "datasources.Hook": Declaration(
        "id account source digest heard_at counted_from counted", {"sealed_token": HOOK, "sealed_secret": HOOK}
    ),
    "datasources.HookEvent": Declaration("id account source received_at", {"event_ref": HEARD}),
    "datasources.ImportRun": Declaration(
        "id account source state started_at ended_at rows_read rows_new rows_changed rows_refused rows_test"
    ),
    "datasources.RefusedRecord": Declaration(
        "id account upload line source stream seen_at", {"ref": BUYERS_REF, "reason": SAID}
    ),
    "datasources.ChangedHour": Declaration("id account hour"),
    "datasources.Customer": Declaration(
        "id account public_id number merged_into", {"key": BUYER, "email": BUYER, "name": BUYER, "country": BUYER}
    ),
    "datasources.CustomerIdentity": Declaration(
        "id account source", {"external_id": BUYERS_ID, "customer": BUYER, "name": BUYER, "country": BUYER}
    ),
    "datasources.Product": Declaration("id account public_id number sku name merged_into"),
    "datasources.ProductIdentity": Declaration("id account source external_id product currency price"),
    "datasources.Transaction": Declaration(
        f"id account public_id source upload kind status occurred_at {_MONEY} presentment_currency presentment_amount "
        "payout_ref is_attempt lines_digest imported_at",
        {
            "customer": BUYER, "country": BUYERS_COUNTRY, "external_id": BUYERS_REF, "order_ref": BUYERS_REF,
            "payment_ref": BUYERS_REF, "provider_refs": BUYERS_REF, "parent_ref": BUYERS_REF,
            "subscription_ref": BUYERS_REF,
        },
    ),
    "datasources.Line": Declaration("id account transaction product quantity amount"),
    "datasources.Superseded": Declaration(
        f"id account transaction seen_from seen_to kind status occurred_at {_MONEY}", {"customer": BUYER}
    ),
    "datasources.Detail": Declaration(
        "id account source status currency amount tax shipping discount items",
        {
            "customer": BUYER, "country": BUYERS_COUNTRY, "external_id": BUYERS_REF, "about": BUYERS_REF,
            "customer_ref": BUYERS_ID, "order_ref": BUYERS_REF, "parent_ref": BUYERS_REF,
            "subscription_ref": BUYERS_REF, "provider_refs": BUYERS_REF,
        },
    ),
    "datasources.Subscription": Declaration(
        "id account public_id source product status started_at ended_at",
        {"customer": BUYER, "external_id": BUYERS_REF},
    ),
    "datasources.SubscriptionEvent": Declaration(
        "id account subscription event effective_at currency amount discount discount_kind interval interval_count "
        "quantity",
        {"external_id": BUYERS_REF},
    ),
    "datasources.Statement": Declaration("id account source external_id kind at currency amount"),
    "datasources.PayoutPart": Declaration("id account source payout_ref at currency net", {"external_id": BUYERS_REF}),
    "datasources.Reconciliation": Declaration(
        "id account source ref kind currency to_at ours theirs first_difference_on made_at"
    ),
    "datasources.Booking": Declaration(
        f"id account transaction source present absent kind occurred_at presentment_currency {_MONEY} units "
        f"{_BASE} {_NEXT} "
        "is_rate_final is_order is_failed_order is_first",
        {"customer": BUYER, "country": BUYERS_COUNTRY},
    ),
    "datasources.BookedLine": Declaration(
        "id account booking product quantity amount base_amount next_amount is_order order_row"
    ),
    "datasources.DuplicateLink": Declaration("id account store_row gateway_row match"),
    "datasources.NotDuplicate": Declaration(
        "id account store gateway decided_at", {"store_ref": BUYERS_REF, "gateway_ref": BUYERS_REF}
    ),
    "datasources.ImportHealth": Declaration(
        "public_id account provider state started_at ended_at rows_read rows_new rows_changed rows_refused error_class"
    ),
    "datasources.ErasedSubject": Declaration("id account digest erased_at"),
    "datasources.Exclusion": Declaration("id account public_id kind", {"value": LEFT_OUT}),
    "datasources.Rebooking": Declaration("id account product position", {"customer": BUYER}),
    "datasources.Restatement": Declaration("id account currency is_done moved_at position restated total"),
    "datasources.Rate": Declaration("id currency on units_per_eur"),
}  # fmt: skip

STORES = (
    erasing.jobs(),
    erasing.cached(),
    erasing.ledger(),
    *(erasing.table(apps.get_model("datasources", name), label) for name, label in erasing.BY_SOURCE),
    erasing.people_of(),
    erasing.files(),
    erasing.entry(),
)
NOT_OF_A_SOURCE = {  # tables with nothing that goes with a source, and why
    "datasources.Rate": "exchange rates, the same for everybody",
    "datasources.Restatement": "how far an account is converted into another currency",
    "datasources.ChangedHour": "hours alone; gone once the figures have followed",
    "datasources.ImportHealth": "a view of ids, states and counts; nothing lies in it",
    "datasources.ErasedSubject": "keeps somebody who was erased from coming back, whichever source tells of them",
    "datasources.Exclusion": "the merchant’s own decision, whoever told of the customer",
    "datasources.Revocation": "sealed, and gone within a day by itself",
}
