"""What people send: to sign up, to sign in, to choose a password, to describe their business."""

from collections.abc import Iterator
from typing import Any
from zoneinfo import available_timezones

from allauth.account.forms import LoginForm, ResetPasswordKeyForm, UserTokenForm
from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.utils.dates import MONTHS

from accounts.currencies import GONE, NAMES, OFTEN
from accounts.models import Account, DateFormat, NumberFormat, User, WeekStart
from accounts.passwords import LONGEST, MaximumLength

EMAIL_ERRORS = {
    "required": "Tell us your e-mail address.",
    "invalid": "This is no e-mail address. One looks like alice@example.com.",
    "max_length": "An e-mail address has at most 254 characters.",
}
SHORTEST_DELAY, LONGEST_DELAY = 1, 90  # days in which an unlinked source can be brought back
DELAY_ERROR = f"This is a number of days from {SHORTEST_DELAY} to {LONGEST_DELAY}."
LONG_PASSWORD = MaxLengthValidator(LONGEST, MaximumLength().get_help_text())
Choices = list[tuple[str, list[tuple[str, str]]]]


class SignUpForm(forms.Form):
    """A name, an address and a password; no answer depends on whether the address is known."""

    name = forms.CharField(
        max_length=200,
        error_messages={"required": "Tell us your name.", "max_length": "A name has at most 200 characters."},
    )
    email = forms.EmailField(max_length=254, error_messages=EMAIL_ERRORS)
    password = forms.CharField(strip=False, error_messages={"required": "Choose a password."})

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()

    def clean(self) -> None:
        password = self.cleaned_data.get("password")
        if password is not None:
            user = User(name=self.cleaned_data.get("name", ""), email=self.cleaned_data.get("email", ""))
            try:
                validate_password(password, user)
            except ValidationError as error:
                self.add_error("password", error)


class CodeForm(forms.Form):
    """The mailed code, with whatever stands between its digits."""

    code = forms.CharField(max_length=40, error_messages={"required": "Type the code from the mail."})

    def clean_code(self) -> str:
        return "".join(sign for sign in self.cleaned_data["code"] if sign in "0123456789")


class FactorForm(forms.Form):
    """A code of an app or a recovery code, with whatever stands between its signs."""

    code = forms.CharField(
        max_length=60, error_messages={"required": "Type a code.", "max_length": "No code is so long."}
    )

    def clean_code(self) -> str:
        return "".join(sign for sign in self.cleaned_data["code"] if sign.isascii() and sign.isalnum())


class ProofForm(FactorForm):
    """The password again, and a code from whoever has a second factor."""

    password = forms.CharField(
        strip=False, validators=[LONG_PASSWORD], error_messages={"required": "Type your password."}
    )

    def __init__(self, *args: Any, has_device: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not has_device:
            del self.fields["code"]


class PasswordForm(forms.Form):
    """A new password for somebody who is signed in."""

    password = forms.CharField(strip=False, error_messages={"required": "Choose a password."})

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        validate_password(password, self.user)
        if self.user.check_password(password):
            raise ValidationError("This is the password that you have.")
        return password


class AddressForm(forms.Form):
    """A new address to sign in with."""

    email = forms.EmailField(max_length=254, error_messages=EMAIL_ERRORS)

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


class SignInForm(LoginForm):
    """An address and a password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].validators.append(LONG_PASSWORD)


class NewPasswordForm(ResetPasswordKeyForm):
    """A new password, typed once: it can be shown while it is typed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["password2"]


class ResetTokenForm(UserTokenForm):
    """The link of a reset; it names the user by their random id."""

    def _get_user(self, uidb36: str | None) -> User | None:
        return User.objects.filter(public_id=uidb36, is_active=True).first() if uidb36 else None


def zones() -> Choices:
    """Every time zone, under its continent."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for zone in sorted(available_timezones()):
        area, _, place = zone.partition("/")
        groups.setdefault(area if place else "Other", []).append((zone, (place or zone).replace("_", " ")))
    return sorted(groups.items(), key=lambda group: (group[0] in {"Other", "Etc", "SystemV"}, group[0]))


def currencies() -> Choices:
    """Every currency in use by its code and name, the frequent ones first."""

    def named(codes: Iterator[str]) -> list[tuple[str, str]]:
        return [(code, f"{code} · {NAMES[code]}") for code in codes]

    others = (code for code in sorted(NAMES) if code not in GONE.union(OFTEN))
    return [("Frequent", named(iter(OFTEN))), ("All others", named(others))]


class BusinessForm(forms.Form):
    """A business: what it is called, where its days begin, in what it counts."""

    name = forms.CharField(
        max_length=200,
        error_messages={
            "required": "Tell us what your business is called.",
            "max_length": "A name has at most 200 characters.",
        },
    )
    time_zone = forms.ChoiceField(
        choices=zones,
        error_messages={"required": "Choose a time zone.", "invalid_choice": "This time zone is unknown."},
    )
    currency = forms.ChoiceField(
        choices=currencies,
        error_messages={"required": "Choose a currency.", "invalid_choice": "This currency is unknown."},
    )


class SettingsForm(BusinessForm):
    """The business, and how its figures are cut and written."""

    week_start = forms.TypedChoiceField(choices=WeekStart.choices, coerce=int)
    fiscal_month = forms.TypedChoiceField(choices=list(MONTHS.items()), coerce=int)
    purge_delay_days = forms.IntegerField(
        min_value=SHORTEST_DELAY,
        max_value=LONGEST_DELAY,
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), DELAY_ERROR),
    )
    number_format = forms.ChoiceField(choices=NumberFormat.choices)
    date_format = forms.ChoiceField(choices=DateFormat.choices)

    @classmethod
    def of(cls, account: Account, data: Any = None) -> "SettingsForm":
        """The form as the account is, or as somebody sent it."""
        plain = ("name", "week_start", "fiscal_month", "number_format", "date_format", "purge_delay_days")
        currency, time_zone = account.wanted
        initial = {name: getattr(account, name) for name in plain} | {"currency": currency, "time_zone": time_zone}
        form = cls(data, initial=initial)
        for name, field in form.fields.items():
            field.error_messages.setdefault("required", "Choose one.")
            if name not in {"time_zone", "currency"}:
                field.error_messages["invalid_choice"] = "This is none of the choices."
        return form

    def clean_name(self) -> str:
        return str(self.cleaned_data["name"]).strip()
