"""The goals: ratios against a peer, or a limit, of the same run."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

Results = dict[int, dict[str, Any]]
SIZE: Final = 1_000_000  # of which most goals speak; a smaller run takes its largest


class Bound(Enum):
    """Which side of its bound a figure has to be on."""

    LEAST = "≥"
    MOST = "≤"


@dataclass(frozen=True, slots=True)
class Goal:
    """One goal; `figure` answers None where it was not measured."""

    number: str
    what: str
    must: float
    bound: Bound
    figure: Callable[[Results, dict[str, Any]], float | None]

    def judged(self, results: Results, provider: dict[str, Any]) -> tuple[float | None, bool | None]:
        """The figure, and whether it meets the goal."""
        found = self.figure(results, provider)
        if found is None:
            return None, None
        return found, found >= self.must if self.bound is Bound.LEAST else found <= self.must


def _at(results: Results) -> dict[str, Any]:
    return results.get(SIZE) or results[max(results)]


def _total(widgets: dict[str, dict[str, float]], who: str) -> float:
    return sum(took[who] for took in widgets.values())


def _against(who: str) -> Callable[[Results, dict[str, Any]], float | None]:
    def figure(results: Results, _: dict[str, Any]) -> float | None:
        widgets = _at(results)["widgets"]["5 y"]
        return _total(widgets, who) / _total(widgets, "ours")

    return figure


def _growth(results: Results, _: dict[str, Any]) -> float | None:
    if len(results) == 1:
        return None
    most, least = (results[size]["widgets"]["5 y"] for size in (max(results), min(results)))
    return float(sum(most[name]["ours"] for name in _CURVE) / sum(least[name]["ours"] for name in _CURVE))


def _page(path: str, beside: str) -> Callable[[Results, dict[str, Any]], float | None]:
    return lambda results, _: _at(results)["pages"][path] / _at(results)["pages"][beside]


def _import(results: Results, _: dict[str, Any]) -> float | None:
    found = _at(results)
    return float(found["peer"]["facts"] / (found["import"]["check"] + found["import"]["post"]))


def _again(results: Results, _: dict[str, Any]) -> float | None:
    first, again = _at(results)["import"], _at(results)["again"]
    return float((first["check"] + first["post"]) / (again["check"] + again["post"]))


def _rollups(results: Results, _: dict[str, Any]) -> float | None:
    found = _at(results)["bytes"]
    return float(found["rollups"] / found["ledger"])


_CURVE: Final = ("KPI tiles", "trend")
GOALS: Final = (
    Goal("G1", "all widgets, 5 years: raw SQL ÷ the product", 20, Bound.LEAST, _against("raw")),
    Goal("G2", "all widgets, 5 years: DuckDB ÷ the product", 2, Bound.LEAST, _against("duckdb")),
    Goal("G3", "tiles and trend, 5 years: the largest size ÷ the smallest", 2, Bound.MOST, _growth),
    Goal("G4", "Home, 12 months, never asked for ÷ the floor", 12, Bound.MOST, _page("Home, 12 m", "floor, fast")),
    Goal("G5", "Home, 12 months, again ÷ the cached floor", 2, Bound.MOST, _page("Home, 12 m, again", "floor, cached")),
    Goal("G6", "import, rows a second ÷ bare COPY-upsert of the facts", 0.25, Bound.LEAST, _import),
    Goal("G7", "the same files again ÷ the first import, rows a second", 1.3, Bound.LEAST, _again),
    Goal("G7b", "rows rewritten by the same files again", 0, Bound.MOST,
         lambda results, _: _at(results)["again"]["rewritten"]),
    Goal("G8", "import over HTTP ÷ dlt, records a second", 3, Bound.LEAST, lambda _, provider: provider.get("ratio")),
    Goal("G9", "one new transaction until Home shows it, seconds", 2, Bound.MOST,
         lambda results, _: _at(results)["seen_after"]),
    Goal("G10", "rollups from nothing ÷ an indexed copy of the ledger", 6, Bound.MOST,
         lambda results, _: _at(results)["rebuild"] / _at(results)["copied"]),
    Goal("G11", "rollups ÷ ledger with indexes, bytes", 0.5, Bound.MOST, _rollups),
    Goal("G12", "questions that are not answered alike", 0, Bound.MOST,
         lambda results, _: sum(len(found["unequal"]) for found in results.values())),
)  # fmt: skip


def lines(results: Results, provider: dict[str, Any]) -> Iterator[tuple[str, str, str, str, str]]:
    """(number, what, figure, bound, verdict) of each goal."""
    for goal in GOALS:
        figure, is_met = goal.judged(results, provider)
        bound = f"{goal.bound.value} {goal.must:g}"
        verdict = "not measured" if is_met is None else "met" if is_met else "MISSED"
        yield goal.number, goal.what, "" if figure is None else f"{figure:.3g}", bound, verdict
    yield "G13", "money lost or doubled by killed workers: tests/importing/test_kills.py", "", "0", "by test"
