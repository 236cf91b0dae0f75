"""Import a file of transactions into an account; returns when every figure has followed."""

from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.models import Account
from datasources.connectors.files.dates import DateOrder
from datasources.connectors.files.fields import FIELDS
from datasources.connectors.files.shapes import Shape
from datasources.models import Upload, UploadState
from datasources.services import news, recognising, uploads
from putler.kernel.money import CURRENCIES
from putler.tenancy import tenant

_PRESETS = (recognising.LEDGER, *Shape)
_WISHES = ("currency", "zone", "dates", "decimal")
_COLUMN = "what a column means, where its name does not tell: FIELD=NAME, again for each"


class Command(BaseCommand):
    help = "Import a file of transactions; with refused lines nothing is imported and the exit status is 1."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("account", help="the account's public id")
        parser.add_argument("file", type=Path)
        parser.add_argument("--preset", required=True, choices=_PRESETS)
        parser.add_argument("--source", default="", help="post everything into this source, not those the file names")
        parser.add_argument("--skip-bad", action="store_true", help="import the good lines though others are refused")
        others = parser.add_argument_group("files that others wrote")
        others.add_argument("--currency", help="where no column says it (the account's)")
        others.add_argument("--zone", help="of times without an offset (the account's)")
        others.add_argument("--dates", choices=list(DateOrder), help="how 03/04/2026 is read")
        others.add_argument("--decimal", choices=[".", ","], help="the decimal mark, where the file does not tell it")
        others.add_argument("--column", action="append", default=[], metavar="FIELD=NAME", help=_COLUMN)

    def handle(self, **options: Any) -> None:
        account = Account.objects.by_public_id(options["account"])
        path: Path = options["file"]
        if account is None or not path.is_file():
            missing = "account" if account is None else "file"
            raise CommandError(f"There is no {missing} {options[missing]}.", returncode=2)
        with tenant(account.pk):
            upload = Upload.objects.create(
                account=account, name=path.name, path=str(path.resolve()), preset=options["preset"],
                source_name=options["source"], reading=_wishes(options),
            )  # fmt: skip
        uploads.check(upload)
        self._report(upload)
        if upload.state == UploadState.FAILED or (upload.rows_refused and not options["skip_bad"]):
            uploads.discard(upload)
            raise CommandError(upload.message or "Nothing was imported.", returncode=1)
        if upload.state != UploadState.DONE:  # which it is where nothing is new
            uploads.import_good_lines(upload, now=timezone.now())
        news.follow_now(account.pk)
        self.stderr.write(
            f"{upload.rows_read} lines read: {upload.rows_new} rows new, {upload.rows_changed} changed, "
            f"{upload.rows_refused} refused, {upload.rows_test} of test mode left out."
        )

    def _report(self, upload: Upload) -> None:
        if upload.state == UploadState.ASKING:
            uploads.fail(upload, f"The file does not tell by itself: {', '.join(uploads.open_questions(upload))}.")
        with tenant(upload.account_id):
            for record in upload.refused_records.order_by("line"):
                self.stderr.write(f"line {record.line}: {record.reason}")
        if upload.rows_refused > uploads.MOST_REASONS:
            self.stderr.write(f"… and {upload.rows_refused - uploads.MOST_REASONS} more lines")
        for entry in (upload.findings or {}).get("sums", ()) if upload.preset != recognising.LEDGER else ():
            self.stderr.write("{count} × {kind}: {sum} {currency}".format(**entry))


def _wishes(options: dict[str, Any]) -> dict[str, Any] | None:
    """What is said of a file that others wrote."""
    if options["preset"] == recognising.LEDGER:
        return None
    said = {name: str(options[name]) for name in _WISHES if options[name]}
    for name, every in (("currency", CURRENCIES), ("zone", available_timezones())):
        if said.get(name) not in {None, *every}:
            raise CommandError(f"There is no {name} {said[name]}.", returncode=2)
    known = {field.slug for field in FIELDS[Shape(options["preset"])]}
    columns = dict(column.partition("=")[::2] for column in options["column"])
    if unknown := columns.keys() - known:
        raise CommandError(f"There is no field {min(unknown)}; there are {', '.join(sorted(known))}.", returncode=2)
    return {"wishes": said | ({"columns": columns} if columns else {})}
