"""How figures are written and drawn."""

from datetime import UTC, date, datetime
from decimal import Decimal as D
from zoneinfo import ZoneInfo

import pytest
from django.template import Context, Template

from accounts.models import Account
from analytics.charts import HEIGHT, Scale, Spark, bars_of, chart_of, part_of, paths
from analytics.metrics.registry import METRICS
from analytics.query import By, Query, Scope
from analytics.report import Cell, Figure, Report
from analytics.templatetags import metrics as write
from analytics.templatetags.countries import country_name
from analytics.templatetags.text import visible
from putler.kernel.periods import Interval, Period

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 2, 3, 12, tzinfo=UTC)


def report(groups: dict[str, Figure], *, by: By = By.DAY, previous: dict[str, Figure] | None = None) -> Report:
    """A report of net sales."""
    account = Account(pk=1, base_currency="EUR", time_zone="Europe/Berlin")
    period = Period(date(2026, 2, 1), date(2026, 2, 5), BERLIN)
    query = Query(account, period, Scope(1, frozenset()), NOW, by=by)

    def grouped(values: dict[str, Figure]) -> dict[str, dict[str, Figure]]:
        return {key: {"net_sales": value, "orders": 1} for key, value in values.items()}

    total = sum((D(value or 0) for value in groups.values()), D(0))
    return Report(
        query, "EUR", query.span, {"net_sales": total}, grouped(groups), previous_groups=grouped(previous or {})
    )


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("1234567.5", "EUR", "€1,234,567.50"),
        ("-0.01", "USD", "−$0.01"),
        ("7350", "JPY", "¥7,350"),
        ("1.234", "KWD", "KWD\u00a01.234"),
        ("0", "CHF", "CHF\u00a00.00"),
    ],
)
def test_money_has_sign_symbol_groups_and_the_currencys_decimals(amount: str, currency: str, text: str) -> None:
    assert write.money(D(amount), currency) == text
    assert write.money(D(amount), currency, is_approximate=True) == f"≈\u202f{text}"


@pytest.mark.parametrize(
    ("slug", "value", "text"),
    [
        ("net_sales", None, "—"),
        ("orders", 12345, "12,345"),
        ("refund_rate", D("0.1234"), "12.34%"),
        ("refund_rate", D("-0.0005"), "−0.05%"),
        ("orders_per_customer", D("1.2500"), "1.25"),
        ("sale_every", 0, "0 s"),
        ("sale_every", 59, "59 s"),
        ("sale_every", 3600, "1 h"),
        ("sale_every", 93_784, "1 d 2 h"),
    ],
)
def test_a_figure_is_written_in_its_unit(slug: str, value: Figure, text: str) -> None:
    assert write.figure(METRICS[slug], value, "EUR") == text


@pytest.mark.parametrize(
    ("slug", "value", "previous", "text"),
    [
        ("net_sales", D(125), D(100), "up ▲ 25.0% (better)"),
        ("fees", D(125), D(100), "up ▲ 25.0% (worse)"),
        ("taxes", D(125), D(100), "up ▲ 25.0%"),
        ("net_sales", D(80), D(100), "down ▼ 20.0% (worse)"),
        ("net_sales", D(5), D(0), "up ▲ new (better)"),
        ("net_sales", D(0), D(0), "—"),
        ("net_sales", D(5), D(-10), "up ▲ by €15.00 (better)"),
        ("net_sales", D(100), D(100), "0.0%"),
        ("net_sales", D(5_000), D(1), "up ▲ 499,900% (better)"),
        ("refund_rate", D("0.0500"), D("0.0440"), "up ▲ 0.6 pp (worse)"),
        ("aov", D(5), None, "—"),
    ],
)
def test_a_change_is_said_shown_and_judged(slug: str, value: Figure, previous: Figure, text: str) -> None:
    context = Context({"cell": Cell(METRICS[slug], value, previous, is_compared=True), "report": report({})})
    html = Template("{% load metrics %}{% metric_change cell report %}").render(context)

    words = "".join(part.split(">")[-1] for part in html.split("<"))
    assert " ".join(words.replace("▲", " ▲").replace("▼", " ▼").split()) == text
    assert [tone for tone in ("good", "bad") if f"pill {tone}" in html] == [
        tone for word, tone in (("(better)", "good"), ("(worse)", "bad")) if word in text
    ]


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [
        ("2026-02-01", "2026-02-01", "1 Feb 2026"),
        ("2026-02-01", "2026-02-28", "1 – 28 Feb 2026"),
        ("2026-01-31", "2026-02-28", "31 Jan – 28 Feb 2026"),
        ("2025-12-31", "2026-02-28", "31 Dec 2025 – 28 Feb 2026"),
    ],
)
def test_days_say_nothing_twice(first: str, last: str, text: str) -> None:
    period = Period(date.fromisoformat(first), date.fromisoformat(last), BERLIN)

    assert write.days(period.interval, BERLIN) == text


def test_an_elapsed_part_says_until_when() -> None:
    elapsed = Interval(datetime(2026, 1, 31, 23, tzinfo=UTC), datetime(2026, 2, 3, 12, 5, tzinfo=UTC))

    assert write.days(elapsed, BERLIN) == "1 – 3 Feb 2026 until 13:05"


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ([], [1, 0]),
        ([0, 0], [1, 0]),
        ([D("0.5")], [D("0.6"), D("0.4"), D("0.2"), 0]),
        ([130, 287], [300, 200, 100, 0]),
        ([-11, 287], [300, 200, 100, 0, -100]),
        ([-5, -11], [0, -5, -10, -15]),
    ],
)
def test_a_grid_holds_zero_and_every_value_between_round_figures(values: list[Figure], ticks: list[Figure]) -> None:
    scale = Scale.over(values, is_whole=False)

    assert scale.ticks() == ticks
    assert all(0 <= scale.y(D(value or 0)) <= 1 for value in values)


def test_between_whole_figures_the_lines_are_whole() -> None:
    assert Scale.over([1, 3], is_whole=True).step == 1


def test_a_line_breaks_where_nothing_is_known() -> None:
    line, area = paths([D(0), None, D(4), D(4)], Scale(D(0), D(4), D(1)), 4)

    assert line == f"M0.0,{HEIGHT}.00M666.7,0.00L1000.0,0.00"
    assert area.count("Z") == 2


def test_a_small_curve_bridges_gaps_and_one_day_is_level() -> None:
    assert Spark.of([D(1), None, D(3)]).line.count("M") == 1
    assert paths([D(4)], Scale(D(0), D(4), D(1)), 1)[0] == "M0.0,0.00L1000.0,0.00"


def test_a_chart_leaves_the_days_ahead_blank_and_reads_out_both_periods() -> None:
    days: dict[str, Figure] = {f"2026-02-0{day}": D(day * 1000) for day in range(1, 6)}
    chart = chart_of(report(days, previous={"2026-01-27": D(500)}), METRICS["net_sales"])

    assert chart.rows[0] == ("Sun 1 Feb 2026", "€1,000.00", "€500.00")
    assert chart.rows[3] == ("Wed 4 Feb 2026", "—", "—")  # it is the 3rd
    assert chart.ticks == ["€3k", "€2k", "€1k", "€0"]
    assert chart.data["points"][0]["lines"] == ["Sun 1 Feb 2026", "€1,000.00", "before €500.00"]


@pytest.mark.parametrize("count", [1, 2, 7, 30, 31, 90, 92])
def test_labels_have_room(count: int) -> None:
    days: dict[str, Figure] = {f"{date.fromordinal(738000 + number)}": D(1) for number in range(count)}
    labels = chart_of(report(days), METRICS["net_sales"]).labels

    assert 1 <= len(labels) <= 6
    assert 1 <= len([label for label in labels if not label.is_minor]) <= 3
    places = [float(label.x.rstrip("%")) for label in labels]
    assert places == sorted(set(places))
    assert all(later - earlier >= 14 for earlier, later in zip(places, places[1:], strict=False))


def test_bars_are_sorted_and_the_rest_is_one() -> None:
    groups: dict[str, Figure] = {"DE": D(10), "FR": D(60), "unknown": D(20), "US": D(-10), "IT": D(20)}
    bars = bars_of(report(groups, by=By.COUNTRY), most=3)

    assert [(bar.name, bar.net_sales, bar.share, bar.part) for bar in bars] == [
        ("France", "€60.00", "60.0%", 100),
        ("Italy", "€20.00", "20.0%", 33),
        ("Unknown", "€20.00", "20.0%", 33),
        ("2 more", "€0.00", "0.0%", 0),
    ]
    assert bars[-1].key == ""


def test_shares_of_nothing_are_dashes_and_bars_never_negative() -> None:
    assert [bar.share for bar in bars_of(report({"DE": D(5), "FR": D(-5)}, by=By.COUNTRY), most=3)] == ["—", "—"]
    assert part_of(D(-5), D(10)) == part_of(D(5), D(0)) == 0


def test_countries_have_names_and_codes_that_are_none_stay() -> None:
    assert [country_name(code) for code in ("DE", "ZW", "XX", "unknown")] == ["Germany", "Zimbabwe", "XX", "Unknown"]


@pytest.mark.rule("X6")
@pytest.mark.parametrize("sign", ["\u202e", "\u2066", "\u200f", "\u061c", "\n", "\x00", "\x85"])
def test_unseen_signs_are_spelled_out_and_others_stay(sign: str) -> None:
    assert visible(f"a{sign}b") == f"a⟨U+{ord(sign):04X}⟩b"
    assert visible("Zoë 👩\u200d🚀 שלום") == "Zoë 👩\u200d🚀 שלום"
