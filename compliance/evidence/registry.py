"""Everything that can be measured, by name. A further measurement is a line here and a word in `chapters.py`."""

from datetime import datetime, timedelta
from typing import Final

from compliance.evidence import entrance, keeping, keys, outside, reading, reviews, site, walls
from compliance.evidence.base import DAILY, Measure, record
from compliance.models import Evidence

SLACK: Final = timedelta(minutes=5)
TWO_DAYS, A_WEEK, A_MONTH = timedelta(days=2), timedelta(days=7), timedelta(days=31)
ALL: Final = (
    Measure("passwords", "How passwords are stored", entrance.passwords),
    Measure("choice", "Which passwords are refused", entrance.choice),
    Measure("second_factor", "The second factor", entrance.second_factor),
    Measure("trial", "What a trial asks for", entrance.trial),
    Measure("basics", "What is kept of a person", entrance.basics),
    Measure("staff", "Staff in accounts now", entrance.staff),
    Measure("tenants", "The wall between accounts", walls.tenants),
    Measure("audit_log", "The log of deeds", walls.audit_log, DAILY, TWO_DAYS),
    Measure("purges", "Deletions that are due", keeping.purges),
    Measure("sweep", "The last look for due deletions", None, longest=timedelta(hours=3)),
    Measure("unlink_delay", "From unlinking to deletion", keeping.unlink_delay),
    Measure("forgotten", "What is kept too long", keeping.forgotten),
    Measure("places", "Where data lie", keeping.places),
    Measure("imports", "Reading on", keeping.imports),
    Measure("figures", "Adding up beforehand", keeping.figures),
    Measure("fields", "What is read", reading.fields),
    Measure("rights", "What is asked for", reading.rights),
    Measure("headers", "What browsers are told", site.headers),
    Measure("strict", "Only by https", site.strict),
    Measure("trackers", "Nothing from elsewhere", site.trackers),
    Measure("doors", "Doors for strangers", site.doors),
    Measure("sealing_key", "The key that seals secrets", keys.sealing),
    Measure("tls", "The certificate", keys.certificate, DAILY, TWO_DAYS),
    Measure("reviews", "Read by hand", reviews.read, DAILY, TWO_DAYS),
    Measure("dependencies", "Packages of others", reviews.dependencies, DAILY, TWO_DAYS),
    Measure("staff_accesses", "Looks by staff this month", entrance.looks),
    Measure("hosting", "The data centre’s certificate", outside.hosting),
    Measure("sub_processors", "Who else handles data", outside.sub_processors),
    Measure("agreement", "The agreement on data processing", outside.agreement),
)
MEASURES: Final = {measure.name: measure for measure in ALL}


def due(*, now: datetime) -> list[str]:
    """The names of what the job should measure now."""
    last = dict(Evidence.objects.values_list("name", "measured_at"))
    own = (measure for measure in ALL if measure.function)
    return [one.name for one in own if one.name not in last or now - last[one.name] >= one.every - SLACK]


def measure(name: str, *, now: datetime) -> None:
    """Measure one thing and write it down. What cannot be measured raises, and grows old."""
    function = MEASURES[name].function
    if function is None:
        raise ValueError(f"{name} is measured elsewhere.")
    record(name, function(now), now=now)
