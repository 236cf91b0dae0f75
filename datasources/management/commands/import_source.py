"""Read a source in the foreground until everything is read; returns when every figure has followed."""

import uuid
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import Account
from datasources.importing.foreground import Paused, import_now
from datasources.models import DataSource, StreamState
from datasources.services import news
from putler.tenancy import tenant


class Command(BaseCommand):
    help = "Read a source in the foreground until everything is read; exit status 1 where something failed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", type=uuid.UUID, help="the source's public id, as connect_source prints it")

    def handle(self, **options: Any) -> None:
        source = _source(options["source"])
        try:
            import_now(source, report=self._report)
        except Paused as error:
            raise CommandError(str(error), returncode=2) from error
        news.follow_now(source.account_id)
        with tenant(source.account_id):
            states = StreamState.objects.filter(account_id=source.account_id, source=source).order_by("number")
            told = [(state, f"{state.stream}: {state.error}") for state in states if state.error]
            rows = source.transactions.count()
        self.stderr.write(f"{source.name} holds {rows} rows.")
        for note in (text for state, text in told if state.is_refused):
            self.stderr.write(note)
        troubles = [text for state, text in told if not state.is_refused]
        if source.attention or troubles:
            raise CommandError("\n".join(filter(None, [source.attention, *troubles])), returncode=1)

    def _report(self, states: list[StreamState]) -> None:
        reading = [f"{state.stream} {state.window_rows}" for state in states if state.window_kind]
        self.stderr.write(", ".join(reading) or "Everything is read.")


def _source(public_id: uuid.UUID) -> DataSource:
    for account in Account.objects.order_by("pk"):
        with tenant(account.pk):
            source = account.sources.filter(public_id=public_id, unlinked_at=None).first()
        if source and source.is_connected:
            return source
    raise CommandError(f"There is no connected source “{public_id}”.", returncode=2)
