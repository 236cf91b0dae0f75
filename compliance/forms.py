"""What people and staff send about agreements, sub-processors and the data centre."""

from typing import Any, Final

from django import forms

from accounts.forms import EMAIL_ERRORS
from analytics.templatetags.countries import COUNTRIES
from compliance.documents import is_printable
from compliance.models import Capacity, Law

UNPRINTABLE: Final = (
    "The document has no letters for some of these. Latin, Greek, Cyrillic, Hebrew and Arabic ones are there: write it "
    "as your register does in one of them."
)


class Line(forms.CharField):
    """A line that goes into a document."""

    def __init__(self, ask: str, most: int, **kwargs: Any) -> None:
        errors = {"required": ask, "max_length": f"This has at most {most} characters."}
        super().__init__(max_length=most, error_messages=errors, **kwargs)

    def validate(self, value: str) -> None:
        super().validate(value)
        if not is_printable(value):
            raise forms.ValidationError(UNPRINTABLE)


class Country(forms.ChoiceField):
    """One of the countries by its code."""

    def __init__(self, ask: str) -> None:
        errors = {"required": ask, "invalid_choice": "Choose a country of the list."}
        super().__init__(choices=[("", "Choose…"), *COUNTRIES], error_messages=errors)


class AgreementForm(forms.Form):
    """Who signs for whom, and which text. No answer depends on who is known here."""

    company = Line("Tell us the name of the company.", 200)
    address = Line("Tell us where it has its seat.", 500)
    country = Country("Tell us in which country that is.")
    register_number = Line("", 100, required=False)
    signatory = Line("Tell us who signs.", 200)
    title = Line("Tell us as what they sign, for example managing director.", 200)
    mail = forms.EmailField(max_length=254, error_messages=EMAIL_ERRORS)
    capacity = forms.ChoiceField(choices=Capacity.choices, error_messages={"required": "Say whose data they are."})
    law = forms.ChoiceField(choices=Law.choices, error_messages={"required": "Choose a law."})

    def clean_mail(self) -> str:
        return str(self.cleaned_data["mail"]).lower()


class SignatureForm(forms.Form):
    """A typed name, the intention, and the digest of the file that the page was about."""

    name = Line("Type your name.", 200)
    intent = forms.BooleanField(error_messages={"required": "Without this there is no signature."})
    digest = forms.CharField(max_length=64, required=False)


class ObjectionForm(forms.Form):
    """Why an owner objects."""

    reason = forms.CharField(
        max_length=1000,
        error_messages={"required": "Say why.", "max_length": "Say it in at most 1,000 characters."},
    )


class SubProcessorForm(forms.Form):
    """What is entered of a sub-processor."""

    name = forms.CharField(max_length=200)
    purpose = forms.CharField(max_length=300)
    data_types = forms.CharField(max_length=300)
    country = Country("Say where it handles data.")
    transfer_basis = forms.CharField(max_length=200)
    hosts = forms.RegexField(
        r"^[a-z0-9.-]+( [a-z0-9.-]+)*$",
        max_length=500,
        required=False,
        error_messages={"invalid": "Host names in small letters, separated by spaces."},
    )
    agreement_on = forms.DateField(widget=forms.DateInput({"type": "date"}))
    since = forms.DateField(widget=forms.DateInput({"type": "date"}))


class HostingForm(forms.Form):
    """A certificate of the data centre."""

    provider = forms.CharField(max_length=200)
    certificate = forms.CharField(max_length=100)
    valid_until = forms.DateField(widget=forms.DateInput({"type": "date"}))
    link = forms.URLField(max_length=500, assume_scheme="https")
