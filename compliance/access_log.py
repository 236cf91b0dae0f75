"""What staff looked at in an account: written before the answer leaves, read and taken along by the owner."""

import csv
import io
import json
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from accounts.models import Account, Membership, User
from compliance.models import BreakGlass, GrantAccess, StaffAccessGrant
from putler.kernel.cells import csv_text

PAGE: Final = 50
MOST: Final = 100_000  # lines of one file
COLUMNS: Final = (
    "at", "staff", "permission", "reason", "ticket", "method", "page", "objects", "metrics", "rows", "status",
)  # fmt: skip
# Not by the ORM, which would name columns that PostgreSQL alone may fill in.
_INSERT: Final = """
    INSERT INTO compliance_grantaccess
        (account_id, "grant", staff_id, method, route, objects_seen, metrics, rows, status)
    VALUES (%(account)s, %(grant)s, %(staff)s, %(method)s, %(route)s, %(objects)s, %(metrics)s, %(rows)s, %(status)s)
"""


@dataclass(frozen=True, slots=True)
class Line:
    """A request, written out."""

    access: GrantAccess
    who: str
    why: str
    ticket: str


def write(membership: Membership, request: HttpRequest, response: HttpResponse, metrics: Iterable[str]) -> None:
    """Note what somebody of the staff asked for, and how much of it they are shown. Inside tenant()."""
    match = request.resolver_match
    named = {**(match.kwargs if match else {}), **request.GET.dict()}
    values = {
        "account": membership.account_id,
        "grant": membership.grant,
        "staff": membership.user_id,
        "method": (request.method or "")[:10],
        "route": (match.view_name if match else "")[:100],
        "objects": sorted(filter(None, map(_id, named.values()))),
        "metrics": sorted({*metrics, *([match.kwargs["slug"]] if match and match.view_name == "metric" else [])}),
        "rows": rows_in(response),
        "status": response.status_code,
    }
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, values)


def rows_in(response: HttpResponse) -> int:
    """How many rows of tables, or of a file, an answer shows: counted in the answer itself, so by no view."""
    kind, _, _ = response.headers.get("Content-Type", "").partition(";")
    text = response.content.decode(errors="replace")
    match kind:
        case "text/csv":
            return max(0, sum(1 for _ in csv.reader(io.StringIO(text))) - 1)
        case "application/json":
            found = json.loads(text)
            return len(found) if isinstance(found, list) else 1
        case _:
            return max(0, text.count("<tr") - text.count("<thead") - text.count("<tfoot"))


def lines_of(account: Account) -> QuerySet[GrantAccess]:
    """All of the log, newest first. Inside tenant()."""
    return GrantAccess.objects.filter(account=account).order_by("-at", "-pk")


def listing(account: Account, *, after: uuid.UUID | None) -> dict[str, Any]:
    """One page of the log. Raises Http404 for a position in another's."""
    found = lines_of(account)
    if after:
        last = get_object_or_404(found, public_id=after)
        found = found.filter(at__lte=last.at).exclude(at=last.at, pk__gte=last.pk)
    page = list(found[: PAGE + 1])
    return {
        "lines": list(written(account, page[:PAGE])),
        "next": page[PAGE - 1].public_id if len(page) > PAGE else None,
    }


def written(account: Account, found: Iterable[GrantAccess]) -> Iterator[Line]:
    """The lines with who looked, and why they were let in."""
    found = list(found)
    people = User.objects.in_bulk({one.staff_id for one in found})
    which = {"account": account, "public_id__in": {one.grant for one in found}}
    grants = {one.public_id: one for one in StaffAccessGrant.objects.filter(**which)}
    glasses = {one.public_id: one for one in BreakGlass.objects.filter(**which)}
    for one in found:
        person, grant, glass = people.get(one.staff_id), grants.get(one.grant), glasses.get(one.grant)
        yield Line(
            access=one,
            who=(person.name or person.email) if person else "Somebody who is gone",
            why=grant.reason if grant else glass.reason if glass else "",
            ticket=grant.ticket if grant else "",
        )


def as_csv(account: Account, found: Iterable[GrantAccess]) -> str:
    """The lines as a file for spreadsheets."""
    return csv_text(COLUMNS, ([_text(cell) for cell in _cells(line)] for line in written(account, found)))


def as_json(account: Account, found: Iterable[GrantAccess]) -> str:
    """The lines as a JSON array of objects."""
    rows = [dict(zip(COLUMNS, _cells(line), strict=True)) for line in written(account, found)]
    return json.dumps(rows, ensure_ascii=False, indent=1)


def shorten() -> None:
    """Delete what is older than two years; the database holds to that itself."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT account_id FROM public.shorten_access_logs()")


def _cells(line: Line) -> tuple[Any, ...]:
    one = line.access
    at = (one.at - (one.at.utcoffset() or timedelta())).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
    objects = [str(each) for each in one.objects_seen]
    return (
        at, line.who, str(one.grant), line.why, line.ticket, one.method, one.route, objects, one.metrics, one.rows,
        one.status,
    )  # fmt: skip


def _text(cell: Any) -> Any:
    return " ".join(cell) if isinstance(cell, list) else cell


def _id(value: Any) -> uuid.UUID | None:
    """What is a public id, out of an address."""
    try:
        return value if isinstance(value, uuid.UUID) else uuid.UUID(str(value))
    except ValueError:
        return None
