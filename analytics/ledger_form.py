"""Which rows of the ledger are wanted: the filters of the page of transactions."""

from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Abs

from analytics.forms import RowsForm
from analytics.query import Query
from analytics.searching import found, size_between
from analytics.templatetags.countries import COUNTRIES
from datasources.models import BookedLine, Booking, Status, Transaction
from putler.kernel.money import CURRENCIES

MOST: Final = 10**12
UNCOUNTED, UNCONVERTED, DUPLICATES = "uncounted", "unconverted", "duplicates"
ONLY: Final = [
    ("", "Counted or not"),
    (UNCOUNTED, "Not counted"),
    (UNCONVERTED, "Not converted"),
    (DUPLICATES, "Possible duplicates"),
]
FILTERS: Final = ("kind", "status", "only", "row_currency", "country", "product", "least", "most", "customer")
_UNSEEN: Final = ("only", "row_currency", "country", "product", "least", "most")  # behind “More filters”


class LedgerForm(RowsForm):
    """Beside what rows of figures need: what a row is of, how much it is, and whether it counts."""

    only = forms.ChoiceField(required=False, choices=ONLY)
    row_currency = forms.ChoiceField(
        required=False, choices=[("", "Any currency"), *((one, one) for one in sorted(CURRENCIES))]
    )
    country = forms.ChoiceField(required=False, choices=[("", "Any country"), *COUNTRIES])
    product = forms.CharField(required=False, max_length=200)
    least = forms.DecimalField(required=False, min_value=0, max_value=MOST)
    most = forms.DecimalField(required=False, min_value=0, max_value=MOST)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        least, most = cleaned.get("least"), cleaned.get("most")
        if least is not None and most is not None and least > most:
            self.add_error("most", "The largest amount is below the smallest.")
        self.products = self._products(cleaned.get("product") or "")
        if cleaned.get("product") and not self.products:
            self.add_error("product", f"No product is called “{cleaned['product']}”.")
        return cleaned

    def matching(self, query: Query, words: str) -> QuerySet[Transaction]:
        """The rows of the ledger that are asked for; words are looked for in all time."""
        if words:
            return found(self.account.transactions.filter(source__in=query.scope.sources), self.account, words)
        rows = super().matching(query, "").alias(size=Abs(F("amount")))
        rows = rows.filter(size_between(self.cleaned_data.get("least"), self.cleaned_data.get("most")))
        for name, column in (("row_currency", "currency"), ("country", "country")):
            if wanted := self.cleaned_data.get(name):
                rows = rows.filter(**{column: wanted})
        if self.products:
            lines = BookedLine.objects.filter(account=self.account, product__in=self.products)
            rows = rows.filter(pk__in=lines.values("booking__transaction"))
        return rows.filter(self._only(query))

    def _only(self, query: Query) -> Q:
        booked = Booking.objects.filter(query.scope.holds, account=self.account, transaction=OuterRef("pk"))
        match self.cleaned_data.get("only"):
            case "uncounted":
                return ~Q(status=Status.SETTLED) | ~Q(Exists(booked))
            case "unconverted":
                return Q(Exists(booked.filter(base_amount=None)))
            case "duplicates":
                return Q(pk__in=self.account.duplicatelinks.filter(gateway_row=None).values("store_row"))
            case _:
                return Q()

    def _products(self, named: str) -> list[int]:
        """The ids of a product by its public id, name or stock-keeping unit, and of those merged into it."""
        if not named:
            return []
        try:
            own = self.account.products.filter(public_id=UUID(named))
        except ValueError:
            own = self.account.products.filter(Q(name__iexact=named) | Q(sku=named))
        ids = list(own.values_list("pk", flat=True))
        return [*ids, *self.account.products.filter(merged_into__in=ids).values_list("pk", flat=True)] if ids else []

    @property
    def is_filtered(self) -> bool:
        """Whether more than period and sources is asked for."""
        return any(self._given(name) for name in FILTERS)

    @property
    def hidden(self) -> int:
        """How many filters are on that do not stand in sight."""
        return sum(bool(self._given(name)) for name in _UNSEEN)

    def page_link(self, **changes: Any) -> str:
        """The parameters of these rows, with changes."""
        kept = {name: self._given(name) for name in ("metric", "by", "group", "hour", *FILTERS)}
        return self.link(**{name: value for name, value in (kept | changes).items() if value})

    @property
    def asked(self) -> list[tuple[str, str]]:
        """The parameters as they were asked for, so that “last 30 days” stays that; nothing of a person."""
        days = ("range",) if self.data.get("range") else ("period", "from", "to")
        names = (*days, "metric", "by", "group", "hour", *(name for name in FILTERS if name != "customer"))
        given = [(name, str(self.data.get(name))) for name in names if name not in self.errors and self.data.get(name)]
        return given + [("sources", str(source.public_id)) for source in self.chosen]

    @property
    def asked_query(self) -> str:
        """As `asked`, for an address."""
        return urlencode(self.asked)

    @property
    def file_link(self) -> str:
        """The parameters of all rows, not of one page of them."""
        return self.page_link()

    @property
    def product_name(self) -> str:
        """What the product that is wanted is called, or what was typed."""
        named = str(self.data.get("product") or "")
        return str(self.account.products.get(pk=self.products[0])) if self.products else named

    def _given(self, name: str) -> Any:
        value = self.cleaned_data.get(name)
        return None if value is None or value == "" else str(value)
