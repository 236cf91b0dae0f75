"""Groups of sources, a team or a brand, beside each other. Source: docs/metrics.md, “Groups of sources”."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from django.db import IntegrityError, transaction

from accounts.models import Account
from analytics import engine
from analytics.models import SourceGroup
from analytics.query import Query
from analytics.report import Figure, Report, Values
from datasources.models import DataSource
from putler.kernel.errors import PutlerError
from putler.kernel.money import round_half_up
from putler.tenancy import tenant

SLUGS: Final = ("gross_sales", "refunds", "net_sales", "orders", "aov")


@dataclass(frozen=True, slots=True)
class GroupSales:
    """A group's figures, as if no other source existed; `share`: of the net sales of all sources in view, or None."""

    group: SourceGroup
    values: Values
    previous: Values | None
    share: Decimal | None


def sales_by_group(query: Query) -> list[GroupSales]:
    """The groups by name, of the sources that the query may see; groups may overlap, so there is no total of them."""
    asked = replace(query, by=None, metrics=frozenset(SLUGS))
    with tenant(query.account.pk):
        whole = engine.run(replace(asked, compare=None)).values["net_sales"]
        groups = list(query.account.sourcegroups.order_by("name"))
        reports = [engine.run(replace(asked, scope=query.scope.among(group.sources))) for group in groups]
    return [
        GroupSales(group, report.values, report.previous, _share(report, whole))
        for group, report in zip(groups, reports, strict=True)
    ]


def save_group(
    account: Account, *, name: str, sources: Collection[DataSource], group: SourceGroup | None = None
) -> SourceGroup:
    """A group under a name, made or changed. Inside tenant(). Raises PutlerError, saying what is wrong with it."""
    if not name.strip():
        raise PutlerError("A group needs a name.")
    if not sources:
        raise PutlerError("A group needs a source.")
    made = group or SourceGroup(account=account)
    made.name, made.sources = name.strip(), sorted(source.pk for source in sources)
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError as error:
        raise PutlerError("Another group has this name.") from error
    return made


def _share(report: Report, whole: Figure) -> Decimal | None:
    return round_half_up(Decimal(report.values["net_sales"] or 0) / whole, 4) if whole and whole > 0 else None
