"""Import a file of transactions into an account; returns when every figure has followed."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.models import Account
from datasources.models import Upload, UploadState
from datasources.services import news, uploads
from putler.tenancy import tenant


class Command(BaseCommand):
    help = "Import a file of transactions; with refused lines nothing is imported and the exit status is 1."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("account", help="the account's public id")
        parser.add_argument("file", type=Path)
        parser.add_argument("--preset", required=True, choices=sorted(uploads.PRESETS))
        parser.add_argument("--source", default="", help="post everything into this source, not those the file names")
        parser.add_argument("--skip-bad", action="store_true", help="import the good lines though others are refused")

    def handle(self, **options: Any) -> None:
        account = Account.objects.by_public_id(options["account"])
        path: Path = options["file"]
        if account is None or not path.is_file():
            missing = "account" if account is None else "file"
            raise CommandError(f"There is no {missing} {options[missing]}.", returncode=2)
        with tenant(account.pk):
            upload = Upload.objects.create(
                account=account, name=path.name, path=str(path.resolve()), preset=options["preset"],
                source_name=options["source"],
            )  # fmt: skip
        uploads.check(upload)
        self._report(upload)
        if upload.state == UploadState.FAILED or (upload.rows_refused and not options["skip_bad"]):
            uploads.discard(upload)
            raise CommandError(upload.message or "Nothing was imported.", returncode=1)
        uploads.import_good_lines(upload, now=timezone.now())
        news.follow_now(account.pk)
        self.stderr.write(
            f"{upload.rows_read} lines read: {upload.rows_new} rows new, {upload.rows_changed} changed, "
            f"{upload.rows_refused} refused, {upload.rows_test} of test mode left out."
        )

    def _report(self, upload: Upload) -> None:
        with tenant(upload.account_id):
            for record in upload.refused_records.order_by("line"):
                self.stderr.write(f"line {record.line}: {record.reason}")
        if upload.rows_refused > uploads.MOST_REASONS:
            self.stderr.write(f"… and {upload.rows_refused - uploads.MOST_REASONS} more lines")
