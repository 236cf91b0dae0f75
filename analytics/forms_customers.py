"""What the addresses of the pages about customers ask for."""

import re
from datetime import date, datetime, timedelta
from typing import Any, Final

from django import forms
from django.http import Http404
from django.utils.functional import cached_property

from analytics.forms import EARLIEST, QueryForm
from analytics.pareto import Best
from analytics.segments import SEGMENTS
from datasources.models import Customer
from putler.kernel.periods import midnight

MODES: Final = {"customers": "Customers", "orders": "Orders", "net_sales": "Net sales per customer"}
_MONTH: Final = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


class CustomersForm(QueryForm):
    """Beside the query: the day at whose end customers are scored, and what the cohorts show."""

    on = forms.DateField(required=False)
    cohorts = forms.ChoiceField(required=False, choices=list(MODES.items()))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        on = cleaned.get("on")
        if on and not EARLIEST <= on <= self.today:
            self.add_error("on", f"Customers are scored from 1 January {EARLIEST.year} until today.")
        return cleaned

    @property
    def day(self) -> date:
        """The day at whose end customers are scored: the period's last unless another is chosen."""
        chosen: date | None = self.cleaned_data.get("on")
        return chosen or min(self.days.last, self.today)

    @property
    def as_of(self) -> datetime:
        """The end of that day."""
        return midnight(self.day + timedelta(1), self.account.zone)

    @property
    def mode(self) -> str:
        """What the cohorts show."""
        return self.cleaned_data.get("cohorts") or "customers"

    @property
    def asked(self) -> dict[str, Any]:
        """The parameters of this page, as they were asked for."""
        names = ("range", "period", "from", "to", "sources", "compare", "currency", "on", "cohorts")
        return {name: value for name in names if (value := self.cleaned_data.get(name))}

    @property
    def kept(self) -> list[tuple[str, Any]]:
        """What the filters keep while they change something else."""
        return [("cohorts", value) for value in [self.cleaned_data.get("cohorts")] if value]

    @property
    def kept_by_day(self) -> list[tuple[str, Any]]:
        """What the choice of a day keeps."""
        asked = {name: value for name, value in self.asked.items() if name not in {"on", "sources"}}
        return [*asked.items(), *(("sources", source.public_id) for source in self.chosen)]


class CustomerListForm(CustomersForm):
    """Beside the day: a segment, a cell of the grid (R-FM), a cohort and a month in which it ordered, or the best."""

    segment = forms.ChoiceField(required=False, choices=list(SEGMENTS.items()))
    cell = forms.RegexField(r"^[1-5]-[1-5]$", required=False)
    cohort = forms.RegexField(_MONTH, required=False)
    month = forms.RegexField(_MONTH, required=False)
    best = forms.ChoiceField(required=False, choices=[(one.value, one.value) for one in Best])  # of the period
    after = forms.UUIDField(required=False)

    @cached_property
    def position(self) -> Customer | None:
        """The last customer of the page before. Raises Http404 for nobody of the account."""
        public_id = self.cleaned_data.get("after")
        found = self.account.customers.filter(public_id=public_id).first() if public_id else None
        if public_id and not found:
            raise Http404
        return found

    @property
    def score(self) -> tuple[int, int] | None:
        """R and FM of the cell that is wanted."""
        r, _, fm = (self.cleaned_data.get("cell") or "").partition("-")
        return (int(r), int(fm)) if fm else None

    def first_of(self, name: str) -> date | None:
        """The first day of the month that `cohort` or `month` names."""
        text = self.cleaned_data.get(name)
        return date.fromisoformat(f"{text}-01") if text else None

    @property
    def kept(self) -> list[tuple[str, Any]]:
        """What the filters keep while they change something else."""
        return [(name, value) for name in _OF_LIST if (value := self.cleaned_data.get(name))]

    def page_link(self, **changes: Any) -> str:
        """The parameters of this list, with changes."""
        kept = {name: self.cleaned_data.get(name) for name in _OF_LIST} | {"on": self.day}
        return self.link(**{name: value for name, value in (kept | changes).items() if value})


_OF_LIST: Final = ("segment", "cell", "cohort", "month", "best")
