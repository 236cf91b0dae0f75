"""What an address asks for: bookmarkable, never refused as a whole; a bad part has its message and its default."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.db.models import Min, Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils.functional import cached_property

from accounts.models import Account
from analytics.conversion import EURO, quoted_currencies
from analytics.figures import UNATTRIBUTED
from analytics.metrics.base import Metric
from analytics.metrics.registry import DECLARED, METRICS
from analytics.presets import PERIODS
from analytics.query import By, Compare, Query, Scope
from analytics.spans import within
from analytics.wording import EXAMPLES, LONGEST, understood
from datasources.models import Customer, DataSource, Kind, Status, Transaction, family
from putler.kernel.periods import Period, local_day

EARLIEST = date(1970, 1, 1)  # as far back as a file may reach
AHEAD = timedelta(days=366)
CUSTOM, ALL = "custom", "all"
DEFAULT = "last_30"
DAILY = 92  # days; a longer period is drawn by month
HOURLY, DAYS_DRAWN, WEEKLY, MONTHLY = 2, 400, 13, 45  # days that a period has, for each of the steps of a curve

COMPARISONS = {"previous": "Previous period", "year": "Previous year", "none": "No comparison"}
KINDS = [("", "All kinds"), *Kind.choices]
STATUSES = [("", "Any status"), *Status.choices]
_GROUPS = {
    By.MONTH: r"\d{4}-\d\d",
    By.WEEK: r"\d{4}-\d\d-\d\d",
    By.DAY: r"\d{4}-\d\d-\d\d",
    By.HOUR: r"\d{4}-\d\d-\d\dT([01]\d|2[0-3])",
}  # how a part of a period is spelled


class QueryForm(forms.Form):
    """Period, sources, comparison and display currency."""

    period = forms.ChoiceField(required=False)
    sources = forms.MultipleChoiceField(required=False)
    compare = forms.ChoiceField(required=False, choices=list(COMPARISONS.items()))
    currency = forms.ChoiceField(required=False)
    range = forms.CharField(required=False, max_length=LONGEST)  # the period in words, before all else

    def __init__(self, data: Any, *, account: Account, now: datetime) -> None:
        super().__init__(data)
        self.account, self.now, self.today = account, now, local_day(now, account.zone)
        self.all_sources = list(account.sources.filter(unlinked_at=None).order_by("name"))
        presets = [(slug, label) for slug, (label, _) in PERIODS.items()]
        self.fields["period"].choices = [*presets, (ALL, "All time"), (CUSTOM, "Own dates …")]  # type: ignore[attr-defined]
        sources = [(str(source.public_id), source.name) for source in self.all_sources]
        self.fields["sources"].choices = sources  # type: ignore[attr-defined]
        self.fields["currency"].choices = [("", account.base_currency), *self._currencies()]  # type: ignore[attr-defined]
        for name in ("from", "to"):
            self.fields[name] = forms.DateField(required=False)
        for name, field in self.fields.items():
            field.error_messages |= dict.fromkeys(
                ("invalid", "invalid_choice"), f"“{name}” is none that is known here."
            )
        self.full_clean()
        self.chosen = self._chosen()
        self.days = self._days()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("from"), cleaned.get("to")
        if first and last and first > last:
            self.add_error("to", "The last day is before the first.")
        for name, on in (("from", first), ("to", last)):
            if on and not EARLIEST <= on <= self.today + AHEAD:
                self.add_error(name, f"Days from 1 January {EARLIEST.year} until a year from now can be shown.")
        return cleaned

    def clean_range(self) -> Period | None:
        """The days that the words mean."""
        words = self.cleaned_data["range"]
        meant = understood(words, today=self.today, account=self.account)
        if words and (meant is None or meant.first < EARLIEST or meant.last > self.today + AHEAD):
            raise forms.ValidationError(f"No period is called “{words}”. Try {EXAMPLES}.")
        return meant

    @property
    def is_custom(self) -> bool:
        """Whether first and last day are chosen one by one."""
        return self.preset == CUSTOM

    @property
    def grain(self) -> By:
        """What a chart of the period is cut by."""
        return By.DAY if self.days.day_count <= DAILY else By.MONTH

    @property
    def comparison(self) -> Compare | None:
        """What the period stands beside; all time has nothing before it."""
        if self.preset == ALL:
            return None
        chosen = self.cleaned_data.get("compare") or Compare.PREVIOUS
        return None if chosen == "none" else Compare(chosen)

    def query(self) -> Query:
        """The question that the address asks."""
        ids = [source.pk for source in self.chosen]
        return Query(
            account=self.account,
            period=self.days,
            scope=Scope.of(self.account, ids or None),
            now=self.now,
            compare=self.comparison,
            currency=self.cleaned_data.get("currency") or None,
        )

    def link(self, **extra: Any) -> str:
        """The parameters that show the same rows wherever "today" has moved to, and more."""
        days = {"from": self.days.first, "to": self.days.last}
        return urlencode({**extra, **days, "sources": [source.public_id for source in self.chosen]}, doseq=True)

    def complaints(self) -> Iterator[str]:
        """What could not be understood, as sentences."""
        for messages in self.errors.values():
            yield from map(str, messages)

    @property
    def preset(self) -> str:
        """The chosen period by name."""
        if self.data.get("range"):
            return CUSTOM
        chosen = self.cleaned_data.get("period")
        return chosen or (CUSTOM if self.cleaned_data.get("from") or self.cleaned_data.get("to") else DEFAULT)

    def _chosen(self) -> list[DataSource]:
        chosen = self.cleaned_data.get("sources") or []
        return [source for source in self.all_sources if str(source.public_id) in chosen]

    def _days(self) -> Period:
        zone, preset = self.account.zone, self.preset
        if meant := self.cleaned_data.get("range"):
            days: Period = meant
            return days
        if preset in PERIODS:
            return PERIODS[preset][1](self.today, self.account)
        if preset == ALL:
            return Period(self._first_day(), self.today, zone)
        default = PERIODS[DEFAULT][1](self.today, self.account)
        if self.errors.keys() & {"from", "to"}:
            return default
        last = self.cleaned_data.get("to") or max(self.today, self.cleaned_data.get("from") or self.today)
        first = self.cleaned_data.get("from") or min(default.first, last)
        return Period(first, last, zone)

    def _first_day(self) -> date:
        first = self.account.transactions.aggregate(first=Min("occurred_at"))["first"]
        return min(local_day(first, self.account.zone), self.today) if first else self.today

    def _currencies(self) -> Iterator[tuple[str, str]]:
        known = {EURO, *quoted_currencies()}
        return ((code, f"≈ {code}") for code in sorted(known - {self.account.base_currency}))


class SalesForm(QueryForm):
    """Beside the query: which figure the curve shows, in what steps, and whether hours of the week are averages."""

    metrics = (
        "net_sales", "gross_sales", "orders", "units", "aov", "refunds", "refund_rate", "discounts", "taxes",
        "shipping", "fees", "net_earnings", "disputes", "failed_payments",
    )  # fmt: skip
    curve = forms.ChoiceField(required=False, choices=[(slug, METRICS[slug].label) for slug in metrics])
    steps = forms.ChoiceField(required=False, choices=[(by.value, by.value) for by in By if by.is_time])
    average = forms.BooleanField(required=False)

    @property
    def metric(self) -> Metric:
        """The figure over time."""
        return METRICS[self.cleaned_data.get("curve") or self.metrics[0]]

    @property
    def grains(self) -> list[By]:
        """The steps that a curve of the period can have."""
        days = self.days.day_count
        hourly, daily = days <= HOURLY, 1 < days <= DAYS_DRAWN
        fitting = {By.HOUR: hourly, By.DAY: daily, By.WEEK: days > WEEKLY, By.MONTH: days > MONTHLY}
        return [by for by, fits in fitting.items() if fits]

    @property
    def grain(self) -> By:
        """The steps that were chosen; as Home has them where these do not fit the period."""
        chosen = self.cleaned_data.get("steps")
        if chosen and By(chosen) in self.grains:
            return By(chosen)
        return By.HOUR if self.days.day_count == 1 else super().grain

    @property
    def is_average(self) -> bool:
        """Whether the hours of the week are divided by how often each occurred."""
        return bool(self.cleaned_data.get("average"))

    @property
    def in_currency(self) -> str:
        """The display currency; empty for the base currency."""
        return self.cleaned_data.get("currency") or ""

    @property
    def asked(self) -> dict[str, Any]:
        """The parameters of this page, as they were asked for."""
        names = ("period", "from", "to", "sources", "compare", "currency", "curve", "steps")
        asked = {name: self.cleaned_data.get(name) for name in names} | {"range": self.data.get("range")}
        asked |= {"average": "1" if self.is_average else ""}
        return {name: value for name, value in asked.items() if value}

    @property
    def kept(self) -> list[tuple[str, Any]]:
        """What the filters keep while they change something else."""
        return [(name, value) for name, value in self.asked.items() if name in {"curve", "steps", "average"}]


class RowsForm(QueryForm):
    """Beside the query: the figure whose rows are wanted, or which rows of the ledger."""

    metric = forms.ChoiceField(required=False, choices=[(slug, metric.label) for slug, metric in DECLARED.items()])
    by = forms.ChoiceField(required=False, choices=[(by.value, by.value) for by in By])
    group = forms.CharField(required=False, max_length=200)
    kind = forms.ChoiceField(required=False, choices=KINDS)
    status = forms.ChoiceField(required=False, choices=STATUSES)
    hour = forms.RegexField(r"^[1-7]-(1?\d|2[0-3])$", required=False)  # of the week: ISO weekday and hour
    customer = forms.UUIDField(required=False)
    after = forms.UUIDField(required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        by, group = cleaned.get("by"), cleaned.get("group") or ""
        pattern = _GROUPS.get(By(by)) if by else None
        if pattern and not (re.fullmatch(pattern, group) and self._is_shown(f"{group}-01"[:10])):
            self.add_error("group", "This is no part of a period.")
        if by == By.PRODUCT and not _is_product(group):
            self.add_error("group", "This is no product.")
        metric = DECLARED.get(cleaned.get("metric") or "")
        if metric and not metric.can_be(None) and not (group and by and metric.can_be(By(by))):
            self.add_error("metric", f"“{metric.label}” is a figure of a product: choose one.")
        return cleaned

    def _is_shown(self, text: str) -> bool:
        try:
            return EARLIEST <= date.fromisoformat(text) <= self.today + AHEAD
        except ValueError:
            return False

    @cached_property
    def position(self) -> Transaction | None:
        """The last row of the page before. Raises Http404 for what is no row of the account."""
        public_id = self.cleaned_data.get("after")
        return get_object_or_404(self.account.transactions, public_id=public_id) if public_id else None

    @cached_property
    def whose(self) -> Customer | None:
        """Whose rows are wanted. Raises Http404 for somebody else's customer."""
        public_id = self.cleaned_data.get("customer")
        return get_object_or_404(self.account.customers, public_id=public_id) if public_id else None

    def matching(self, query: Query, words: str) -> QuerySet[Transaction]:
        """The rows of the ledger that are asked for; words are looked for in all time."""
        rows = self.account.transactions.filter(source__in=query.scope.sources)
        if words:
            whose = Customer.objects.filter(account=self.account, email__startswith=words.lower()).values("pk")
            named = (Q(customer__in=whose), Q(order_ref=words), Q(external_id=words))
            first, *others = (rows.filter(name).values("pk") for name in named)  # each has an index, all together none
            return rows.filter(pk__in=first.union(*others))
        wanted = {name: self.cleaned_data[name] for name in ("kind", "status") if self.cleaned_data.get(name)}
        if self.whose:
            wanted["customer__in"] = family(self.whose)
        return rows.filter(within([query.span]), **wanted)

    @property
    def is_filtered(self) -> bool:
        """Whether more than period and sources is asked for."""
        return any(self.cleaned_data.get(name) for name in ("kind", "status", "customer"))

    @property
    def week_hour(self) -> tuple[int, int] | None:
        """The ISO weekday and the hour whose rows are wanted."""
        weekday, _, hour = (self.cleaned_data.get("hour") or "").partition("-")
        return (int(weekday), int(hour)) if hour else None

    def rows_query(self) -> tuple[Query, str | None]:
        """The question whose rows are wanted, and which of its groups."""
        by, group = self.cleaned_data.get("by"), self.cleaned_data.get("group")
        query = replace(self.query(), currency=None)
        return (replace(query, by=By(by)), group) if by and group else (query, None)

    @property
    def kept(self) -> list[tuple[str, Any]]:
        """What the filters keep while they change something else."""
        names = ("metric", "by", "group", "hour", "customer")
        return [(name, value) for name in names if (value := self.cleaned_data.get(name))]

    def page_link(self, **changes: Any) -> str:
        """The parameters of these rows, with changes."""
        names = ("metric", "by", "group", "hour", "kind", "status", "customer")
        kept = {name: self.cleaned_data.get(name) for name in names}
        return self.link(**{name: value for name, value in (kept | changes).items() if value})


def _is_product(group: str) -> bool:
    try:
        return group == UNATTRIBUTED or bool(UUID(group))
    except ValueError:
        return False


class SearchForm(forms.Form):
    """Whose rows, or which; never a part of an address."""

    search = forms.CharField(required=False, max_length=254, strip=True)

    def words(self) -> str:
        """What is searched for; empty for nothing."""
        return str(self.cleaned_data.get("search", "")) if self.is_valid() else ""
