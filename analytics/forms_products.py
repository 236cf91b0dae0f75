"""What the addresses of the pages about products ask for."""

from typing import Any

from django import forms

from analytics.forms import QueryForm
from analytics.pareto import Best


class ProductsForm(QueryForm):
    """The query, and whether the leaderboard holds the best products only."""

    best = forms.ChoiceField(required=False, choices=[(one.value, one.value) for one in Best])

    @property
    def chosen_best(self) -> Best | None:
        """Which of them; None: all."""
        named = self.cleaned_data.get("best")
        return Best(named) if named else None

    @property
    def kept(self) -> list[tuple[str, Any]]:
        """What the filters keep while they change something else."""
        return [("best", best.value) for best in [self.chosen_best] if best]
