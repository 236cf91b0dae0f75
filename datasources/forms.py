"""What people send: a file of transactions, and what is to become of it."""

from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.files.uploadedfile import UploadedFile

from datasources.services.filing import LARGEST, Decision
from putler.kernel.periods import Interval, Period

LONGEST_NAME = 255
ENDINGS = (".csv", ".tsv", ".txt", ".csv.gz")


class UploadForm(forms.Form):
    """One CSV file."""

    file = forms.FileField(
        label="CSV file",
        error_messages={"required": "Choose a file first.", "empty": "This file is empty."},
        max_length=LONGEST_NAME,
    )

    def clean_file(self) -> "UploadedFile[bytes]":
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if not (file.name or "").lower().endswith(ENDINGS):
            raise forms.ValidationError("This is no CSV file: its name must end in .csv, .tsv, .txt or .csv.gz.")
        if (file.size or 0) > LARGEST:
            raise forms.ValidationError(too_large())
        return file


class DecisionForm(forms.Form):
    """Import or discard."""

    decision = forms.TypedChoiceField(choices=[(choice, choice) for choice in Decision], coerce=Decision)


class KeyForm(forms.Form):
    """A provider's key. It is never shown again, not even when it is refused."""

    key = forms.CharField(
        max_length=500,
        widget=forms.PasswordInput(render_value=False),
        error_messages={"required": "Enter a key first."},
    )


class AgainForm(forms.Form):
    """A span of local days that a source is to be read again for, both days included."""

    first = forms.DateField(
        label="From", error_messages={"required": "Say from which day.", "invalid": "This is no day."}
    )
    last = forms.DateField(label="To", error_messages={"required": "Say to which day.", "invalid": "This is no day."})

    def __init__(self, *args: Any, zone: ZoneInfo, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zone

    def clean(self) -> dict[str, Any]:
        """Refuse a span that ends before it begins."""
        given = self.cleaned_data
        if given.get("first") and given.get("last") and given["last"] < given["first"]:
            self.add_error("last", "The last day lies before the first.")
        return given

    def span(self) -> Interval:
        """The UTC instants of these days."""
        return Period(self.cleaned_data["first"], self.cleaned_data["last"], self.zone).interval


class PairForm(forms.Form):
    """The gateway's row of a pair, and whether the two are one payment."""

    APART, JOIN = "apart", "join"

    gateway = forms.UUIDField()
    verdict = forms.ChoiceField(choices=[(APART, APART), (JOIN, JOIN)])


class HookForm(forms.Form):
    """The secret that a provider signs its webhooks with. It is never shown again."""

    secret = forms.CharField(
        max_length=200,
        widget=forms.PasswordInput(render_value=False),
        error_messages={"required": "Paste the signing secret first."},
    )

    def __init__(self, *args: Any, prefix_of_secrets: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.begins = prefix_of_secrets

    def clean_secret(self) -> str:
        secret: str = self.cleaned_data["secret"]
        if not secret.startswith(self.begins) or len(secret) <= len(self.begins) or " " in secret:
            raise forms.ValidationError(f"This is no signing secret: those begin with {self.begins}.")
        return secret


def too_large() -> str:
    """What to tell somebody whose file is larger than allowed."""
    return f"This file is larger than {LARGEST // 1024 // 1024} MB. Split it by month or year and upload the parts."
