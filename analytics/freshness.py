"""How fresh and how sure the figures of a page are: what was read when, and what no figure contains yet."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from analytics.forms import QueryForm
from datasources.models import DataSource, UploadState

NO_COUNT_BEYOND = 1_000


@dataclass(frozen=True, slots=True)
class Read:
    """A source, and up to when it is read: by us, or by the file that was uploaded last. None: nobody knows."""

    source: DataSource
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something that figures do not contain, or not yet, and the page about it."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Freshness:
    """`current_at`: when the figures last took in changes; None before the first time."""

    current_at: datetime | None
    read: list[Read]
    doubts: list[Doubt]


def freshness(form: QueryForm, *, current_at: datetime | None, unconverted: Mapping[str, int]) -> Freshness:
    """How sure figures of the form's period and sources are. `unconverted`: {currency: rows} of a report."""
    return Freshness(current_at, list(_read(form)), list(_doubts(form, unconverted)))


def _read(form: QueryForm) -> Iterator[Read]:
    """Each source in view, up to the instant up to which all of its lists are read."""
    sources = form.chosen or form.all_sources
    heads: dict[int, list[datetime | None]] = {}
    for state in form.account.streamstates.filter(source__in=sources, is_refused=False):
        heads.setdefault(state.source_id, []).append(state.head_at)
    files: dict[int, datetime] = {}
    done = form.account.uploads.filter(state=UploadState.DONE).order_by("uploaded_at")
    for told, at in done.values_list("sources", "uploaded_at"):
        files |= dict.fromkeys(told or (), at)
    for source in sources:
        yield Read(source, _oldest(heads.get(source.pk, [])) if source.is_connected else files.get(source.pk))


def _oldest(heads: list[datetime | None]) -> datetime | None:
    """Up to when all lists are read; None while one of them is not at all."""
    known = [head for head in heads if head]
    return min(known) if known and len(known) == len(heads) else None


def _doubts(form: QueryForm, unconverted: Mapping[str, int]) -> Iterator[Doubt]:
    page = reverse("transactions")
    if hours := form.account.changedhours.values("hour").distinct()[:NO_COUNT_BEYOND].count():
        yield Doubt(f"{_count(hours, 'hour')} being added up anew", reverse("sources"))
    if rows := sum(unconverted.values()):
        yield Doubt(f"{_count(rows, 'row')} not converted", f"{page}?{form.link(only='unconverted')}")
    unsure = form.account.duplicatelinks.filter(gateway_row=None, store_row__source__in=form.chosen or form.all_sources)
    if pairs := unsure[:NO_COUNT_BEYOND].count():
        doubt = f"{_count(pairs, 'possible duplicate')}, counted"
        yield Doubt(doubt, f"{page}?{form.link(only='duplicates', period='all')}")


def _count(number: int, what: str) -> str:
    more = "+" if number == NO_COUNT_BEYOND else ""
    return f"{number:,}{more} {what}{'s' * (number != 1)}"
