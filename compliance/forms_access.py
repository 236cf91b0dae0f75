"""What owners and staff send about access."""

from datetime import timedelta
from typing import Any, Final

from django import forms

from accounts.models import Scope, User
from compliance.models.access import GIVEN
from compliance.staff_access import Terms, Wish

LASTS: Final = [("4", "4 hours"), ("24", "1 day"), ("72", "3 days"), ("168", "7 days")]
WHAT_ERRORS: Final = dict.fromkeys(("required", "invalid_choice"), "Choose what may be seen.")
LASTS_ERRORS: Final = dict.fromkeys(("required", "invalid_choice"), "Choose for how long: seven days at most.")
NOBODY: Final = "Nobody of Putler’s staff has this address. It is in the mails of who helps you."


class TermsForm(forms.Form):
    """What an owner lets somebody see, and for how long."""

    scope = forms.ChoiceField(choices=GIVEN, error_messages=WHAT_ERRORS)
    lasts = forms.ChoiceField(choices=LASTS, initial="24", error_messages=LASTS_ERRORS)

    def terms(self) -> Terms:
        """What was chosen, once the form is valid."""
        hours = timedelta(hours=int(self.cleaned_data["lasts"]))
        return Terms(scope=Scope(self.cleaned_data["scope"]), lasts=hours)


class OpeningForm(TermsForm):
    """Whom an owner lets in who did not ask."""

    email = forms.EmailField(
        max_length=254,
        error_messages={
            "required": "Tell whom you let in.",
            "invalid": "This is no e-mail address. One looks like sam@example.com.",
            "max_length": "An e-mail address has at most 254 characters.",
        },
    )
    staff: User

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"]).lower()
        found = User.objects.filter(email=email, is_staff=True, is_active=True).first()
        if found is None:
            raise forms.ValidationError(NOBODY)
        self.staff = found
        return email


class WishForm(forms.Form):
    """What somebody of the staff wants to look at, and why."""

    scope = forms.ChoiceField(choices=GIVEN, error_messages=WHAT_ERRORS)
    ticket = forms.CharField(
        max_length=100,
        error_messages={"required": "Name the ticket.", "max_length": "A ticket has at most 100 characters."},
    )
    reason = forms.CharField(
        max_length=500,
        error_messages={"required": "Say why.", "max_length": "Say it in at most 500 characters."},
    )

    def wish(self) -> Wish:
        """What was asked for, once the form is valid."""
        found: dict[str, Any] = self.cleaned_data
        return Wish(scope=Scope(found["scope"]), reason=found["reason"], ticket=found["ticket"])


class EvidenceForm(forms.Form):
    """What makes somebody suspect a breach of terms."""

    evidence = forms.CharField(
        max_length=1000,
        error_messages={
            "required": "Say what makes you suspect it.",
            "max_length": "Say it in at most 1000 characters.",
        },
    )


class PositionForm(forms.Form):
    """Where a page of the log begins; none for what is no id."""

    after = forms.UUIDField(required=False)
