"""One declaration makes the rollups' columns, the engine's sums and the rows behind a figure."""

import re

import pytest
from django.conf import settings

from analytics import summing
from analytics.metrics.base import Simple
from analytics.metrics.registry import DECLARED, MEASURES, METRICS, needs
from analytics.metrics.rules import RULES
from analytics.models import Rollup, RollupCountry, RollupTotal
from analytics.query import By


@pytest.mark.parametrize("table", [RollupTotal, RollupCountry])
def test_a_rollup_has_exactly_the_columns_of_its_measures(table: type[RollupTotal | RollupCountry]) -> None:
    keys = {"id", "account", "generation", "grain", "on", "source", "present", "absent", "currency"}
    keys |= {"presentment_currency", "country"}
    columns = {field.name for field in table._meta.concrete_fields} - keys
    assert columns == set(summing.columns(table))


def test_countries_sum_what_a_country_can_have() -> None:
    assert {measure.slug for measure in summing.measures(RollupCountry)} == {
        measure.slug for measure in MEASURES if By.COUNTRY in measure.dims
    }


def test_every_part_of_a_metric_has_the_cuts_of_the_whole() -> None:
    for slug, metric in DECLARED.items():
        if not slug.endswith("_customers"):  # by country only their first orders are known
            assert all(metric.dims <= DECLARED[part].dims for part in metric.parts), slug


def test_parts_come_before_what_needs_them() -> None:
    slugs = list(needs(METRICS))
    for slug in slugs:
        assert all(slugs.index(part) < slugs.index(slug) for part in DECLARED[slug].parts)


def test_money_is_summed_in_both_currencies() -> None:
    assert DECLARED["refunds"].columns == {"base_refunds": "base_", "native_refunds": ""}  # type: ignore[union-attr]
    assert [measure.slug for measure in MEASURES if measure.slug in measure.columns] == [
        measure.slug for measure in MEASURES if isinstance(measure, Simple) and not measure.is_money
    ]


def test_every_metric_says_what_it_is() -> None:
    for slug, metric in METRICS.items():
        assert metric.label, slug
        assert metric.formula, slug


def test_rollups_are_read_by_one_index() -> None:
    for table in Rollup.__subclasses__()[-1:] + [RollupTotal, RollupCountry]:
        assert [index.fields for index in table._meta.indexes] == [["account", "generation", "grain", "on"]]


def test_the_page_of_definitions_says_what_the_declarations_say() -> None:
    page = (settings.ROOT / "docs" / "metrics.md").read_text()
    for slug, metric in METRICS.items():
        cuts = ", ".join(sorted(metric.dims)) or "–"
        cells = (f"`{slug}`", metric.label, metric.formula, metric.unit, metric.better.name.lower(), cuts)
        assert f"| {' | '.join(cells)} |" in page
    assert page.count("\n| `") == len(METRICS) + page.partition("## 2.")[0].count("\n| `")


def test_rules_are_told_on_pages_as_in_the_document_each_once() -> None:
    rules = (settings.ROOT / "docs" / "metrics.md").read_text().partition("## 2.")[2].partition("## 3.")[0]
    assert re.findall(r"^- \*\*(E\d+) ", rules, re.MULTILINE) == list(RULES)
    assert re.findall(r"^\| (E\d+) \| (.+) \|$", rules, re.MULTILINE) == list(RULES.items())
