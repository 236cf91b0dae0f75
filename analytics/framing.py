"""What every page of figures shows around them: the period, its cards, what is missing and what is under way."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date
from typing import Any

from analytics import engine
from analytics.arrivals import arrivals, complete_since
from analytics.forms import QueryForm
from analytics.overview import card_of, is_fair, unconverted
from analytics.templatetags import metrics as write
from putler.kernel.periods import local_day


def framed(form: QueryForm, cards: Collection[str]) -> dict[str, Any]:
    """The report of a page with its cards, and what the notices say."""
    arriving = arrivals(form.account, form.chosen or form.all_sources)
    since: date | None = complete_since(arriving, form.today)
    query = form.query()
    compare = query.compare if is_fair(query, since) else None
    report = engine.run(replace(query, by=form.grain, compare=compare, metrics=frozenset(cards)))
    zone = form.account.zone
    return {
        "report": report,
        "shown": write.days(report.span, zone),
        "compared": write.days(report.compared, zone) if report.compared else "",
        "cards": [card_of(form, report, slug, since) for slug in cards],
        "arriving": arriving,
        "is_partial": since is not None and since > local_day(query.span.start, zone),
        "is_watched": any(not one.source.attention for one in arriving),
        "unconverted": unconverted(report),
        "is_behind": form.account.changedhours.exists(),
    }
