"""Reading an account's audit log: what is asked for, a page of it, and all of it for a file."""

import json
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from accounts.audit import NOBODY, SITE
from accounts.events import GROUPS, SENTENCES
from accounts.models import Account, AuditEvent, User
from putler.kernel.cells import csv_text
from putler.kernel.periods import Period

PAGE: Final = 50
MOST: Final = 100_000  # events of one file
COLUMNS: Final = ("number", "at", "actor", "actor_name", "verb", "subject", "subject_name", "detail", "hash")
OTHERS: Final = {SITE: "Putler itself", NOBODY: "Somebody not signed in"}
# Kinds of subjects, in words, and the relation of the account where their names are found.
KINDS: Final = {
    "user": ("Person", ""),
    "account": ("Account", ""),
    "datasource": ("Source", "sources"),
    "upload": ("File", "uploads"),
    "staffaccessgrant": ("Access of staff", ""),
    "breakglass": ("Access of staff", ""),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """An event, written out. `who` and `whom`: names, as far as there still are some."""

    event: AuditEvent
    who: str
    what: str
    kind: str
    whom: str
    details: str


class LogForm(forms.Form):
    """Who, what, when; never refused as a whole: a bad part has its message and its default."""

    who = forms.ChoiceField(required=False)
    what = forms.ChoiceField(required=False, choices=[("", "All deeds"), *((group, group) for group in GROUPS)])
    after = forms.UUIDField(required=False)

    def __init__(self, data: Any, *, account: Account) -> None:
        super().__init__(data)
        self.account = account
        people = User.objects.filter(memberships__account=account).order_by("name", "email")
        members = [(f"user:{user.public_id}", user.name or user.email) for user in people]
        self.fields["who"].choices = [("", "Everybody"), *members, *OTHERS.items()]  # type: ignore[attr-defined]
        for name in ("from", "to"):
            self.fields[name] = forms.DateField(required=False)
        for name, field in self.fields.items():
            field.error_messages |= dict.fromkeys(
                ("invalid", "invalid_choice"), f"“{name}” is none that is known here."
            )
        self.full_clean()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("from"), cleaned.get("to")
        if first and last and first > last:
            self.add_error("to", "The last day is before the first.")
        for name in ("from", "to"):
            if cleaned.get(name) and not 1970 <= cleaned[name].year <= 9000:
                self.add_error(name, "The log has no such day.")
        return cleaned

    def complaints(self) -> Iterator[str]:
        """What could not be understood, as sentences."""
        for messages in self.errors.values():
            yield from map(str, messages)

    @property
    def is_filtered(self) -> bool:
        """Whether less than all is asked for."""
        return any(self.cleaned_data.get(name) for name in ("who", "what", "from", "to"))

    def link(self, **changes: Any) -> str:
        """The parameters of these events, with changes."""
        kept = {name: self.cleaned_data.get(name) for name in ("who", "what", "from", "to")}
        return urlencode({name: value for name, value in (kept | changes).items() if value})

    def kept(self) -> list[tuple[str, str]]:
        """What a form that does something with these events sends along."""
        names = ("who", "what", "from", "to")
        return [(name, str(self.cleaned_data[name])) for name in names if self.cleaned_data.get(name)]

    def events(self) -> QuerySet[AuditEvent]:
        """The events that are asked for, newest first."""
        events = AuditEvent.objects.filter(account=self.account).order_by("-seq")
        if who := self.cleaned_data.get("who"):
            events = events.filter(actor=who)
        if what := self.cleaned_data.get("what"):
            events = events.filter(verb__in=[str(verb) for verb in GROUPS[what]])
        if first := self.cleaned_data.get("from"):
            events = events.filter(at__gte=Period(first, first, self.account.zone).start)
        if last := self.cleaned_data.get("to"):
            events = events.filter(at__lt=Period(last, last, self.account.zone).end)
        return events


def listing(form: LogForm) -> dict[str, Any]:
    """One page of the log. Raises Http404 for a position in another's."""
    events, last = form.events(), form.cleaned_data.get("after")
    if last:
        own = AuditEvent.objects.filter(account=form.account)
        events = events.filter(seq__lt=get_object_or_404(own, public_id=last).seq)
    page = list(events[: PAGE + 1])
    head = AuditEvent.objects.filter(account=form.account).order_by("-seq").first()
    return {
        "entries": list(written(form.account, page[:PAGE])),
        "next": form.link(after=page[PAGE - 1].public_id) if len(page) > PAGE else "",
        "head": head,
    }


def written(account: Account, events: Iterable[AuditEvent]) -> Iterator[Entry]:
    """The events with the names of who and what they are about."""
    events = list(events)
    names = _names(account, {ref for event in events for ref in (event.actor, event.subject) if ":" in ref})
    for event in events:
        kind = event.subject.partition(":")[0]
        yield Entry(
            event=event,
            who=OTHERS.get(event.actor) or names.get(event.actor, "Somebody who is gone"),
            what=SENTENCES.get(event.verb, event.verb.replace("_", " ")),
            kind=KINDS.get(kind, (kind.capitalize(), ""))[0],
            whom="" if event.subject == event.actor else names.get(event.subject, ""),
            details=" · ".join(_detail(name, value) for name, value in event.detail.items()),
        )


def as_csv(account: Account, events: Iterable[AuditEvent]) -> str:
    """The events as a file for spreadsheets."""
    return csv_text(COLUMNS, (_cells(entry, json.dumps(entry.event.detail)) for entry in written(account, events)))


def as_json(account: Account, events: Iterable[AuditEvent]) -> str:
    """The events as a JSON array of objects."""
    entries = (dict(zip(COLUMNS, _cells(entry, entry.event.detail), strict=True)) for entry in written(account, events))
    return json.dumps(list(entries), ensure_ascii=False, indent=1)


def _cells(entry: Entry, detail: Any) -> tuple[Any, ...]:
    event = entry.event
    at = _utc(event.at)
    return (event.seq, at, event.actor, entry.who, event.verb, event.subject, entry.whom, detail, event.hash)


def _utc(at: datetime) -> str:
    return (at - (at.utcoffset() or timedelta(0))).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _detail(name: str, value: Any) -> str:
    written_out = ", ".join(value) if isinstance(value, list) else str(value)
    return f"{name.replace('_', ' ')} {written_out[:16] + '…' if len(written_out) == 64 else written_out}"


def _names(account: Account, references: set[str]) -> dict[str, str]:
    """What the subjects are called, by how the log names them; without those that are gone."""
    names = {f"account:{account.public_id}": account.name}
    for kind, (_, relation) in KINDS.items():
        ids = {uuid.UUID(ref.partition(":")[2]) for ref in references if ref.startswith(f"{kind}:")}
        if kind == "user":
            people = User.objects.filter(public_id__in=ids)
            names |= {f"user:{user.public_id}": user.name or user.email for user in people}
        elif relation and ids:
            named = getattr(account, relation).filter(public_id__in=ids).values_list("public_id", "name")
            names |= {f"{kind}:{public_id}": name for public_id, name in named}
    return names
