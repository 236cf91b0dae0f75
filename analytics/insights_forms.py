"""What the page of insights is asked, and what people send to set goals."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms

from accounts.models import Account
from analytics.anomalies import WATCHED
from analytics.forms import QueryForm
from analytics.goals import METRICS_WITH_GOALS
from analytics.metrics.base import Unit
from analytics.metrics.registry import METRICS
from analytics.presets import PERIODS
from putler.kernel.periods import Period, local_day

MOST_GAINED = Decimal(10**9)
MOST_LOST = 100  # percent
ALL_THE_PERIODS = (
    "this_month", "next_month", "this_quarter", "next_quarter", "this_year", "next_year", "this_fiscal_year",
)  # fmt: skip


class InsightsForm(QueryForm):
    """Beside the query: what the time machine assumes, and which unusual day is looked into."""

    gains = forms.DecimalField(required=False, min_value=0, max_value=MOST_GAINED, decimal_places=2)
    loses = forms.DecimalField(required=False, min_value=0, max_value=MOST_LOST, decimal_places=2)
    day = forms.DateField(required=False)
    slug = forms.ChoiceField(required=False, choices=[(slug, METRICS[slug].label) for slug in WATCHED])

    def __init__(self, data: Any, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        if self.errors.keys() & {"gains", "loses"}:
            self.errors["gains"] = self.error_class(["The time machine takes amounts above zero and 0 to 100 percent."])
            self.errors.pop("loses", None)

    @property
    def gained(self) -> Decimal | None:
        """The amount that each month gains; None: as things stand."""
        return self.cleaned_data.get("gains")

    @property
    def lost(self) -> Decimal | None:
        """The percentage that each month loses; None: as things stand."""
        return self.cleaned_data.get("loses")

    @property
    def chosen_day(self) -> tuple[date | None, str]:
        """The unusual day that is looked into, and its figure."""
        return self.cleaned_data.get("day"), self.cleaned_data.get("slug") or ""

    @property
    def kept(self) -> list[tuple[str, Any]]:
        """What the filters keep while they change something else."""
        return [(name, value) for name in ("gains", "loses") if (value := self.cleaned_data.get(name)) is not None]

    @property
    def asked(self) -> list[tuple[str, Any]]:
        """What the time machine keeps while its assumptions change."""
        if words := self.data.get("range"):
            found: list[tuple[str, Any]] = [("range", words)]
        else:
            found = [(name, self.cleaned_data.get(name)) for name in ("period", "from", "to")]
        sources = [("sources", source.public_id) for source in self.chosen]
        return [(name, value) for name, value in (*found, *sources) if value]

    def page_link(self, **changes: Any) -> str:
        """The parameters of this page, with changes."""
        return self.link(**dict(self.kept) | changes)


class TargetForm(forms.Form):
    """How much is to be reached; percentages as people write them."""

    target = forms.DecimalField(
        max_digits=18,
        error_messages=dict.fromkeys(
            ("required", "invalid", "max_digits", "max_whole_digits"), "Write a number, such as 5000."
        ),
    )

    def target_of(self, slug: str) -> Decimal:
        """The target in the figure's own unit."""
        target: Decimal = self.cleaned_data["target"]
        return target / 100 if METRICS[slug].unit is Unit.PERCENT else target


class GoalForm(TargetForm):
    """A figure, a time and a target."""

    metric = forms.ChoiceField(
        choices=[(slug, METRICS[slug].label) for slug in METRICS_WITH_GOALS],
        error_messages=dict.fromkeys(("required", "invalid_choice"), "Choose a figure."),
    )
    period = forms.ChoiceField(error_messages=dict.fromkeys(("required", "invalid_choice"), "Choose a time."))

    def __init__(self, data: Any = None, *, account: Account, now: datetime) -> None:
        super().__init__(data)
        today = local_day(now, account.zone)
        self._periods = {slug: _period(slug, today, account) for slug in ALL_THE_PERIODS}
        labels = [
            (slug, f"{slug.replace('_', ' ').capitalize()}: {period.first:%b %Y}")
            for slug, period in self._periods.items()
        ]
        self.fields["period"].choices = labels  # type: ignore[attr-defined]

    @property
    def chosen_period(self) -> Period:
        """The time, once the form is valid."""
        return self._periods[self.cleaned_data["period"]]


def _period(slug: str, today: date, account: Account) -> Period:
    """A named period, or the one after it."""
    make = PERIODS[slug.replace("next", "this")][1]
    current = make(today, account)
    return make(current.last + timedelta(1), account) if slug.startswith("next") else current
