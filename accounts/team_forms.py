"""What people send to change a team: who is asked to join, what a member is and sees."""

from typing import Any

from django import forms

from accounts.models import INVITED_AS, Account, Membership, Role

EVERYTHING, SOME = "all", "some"
SEES = [(EVERYTHING, "All sources"), (SOME, "Only these sources")]
CHOOSE = "Choose at least one source, or all."


class PartForm(forms.Form):
    """A role, and for viewers which sources they see."""

    role = forms.ChoiceField(
        choices=INVITED_AS, error_messages=dict.fromkeys(("required", "invalid_choice"), "Choose a role.")
    )
    sees = forms.ChoiceField(required=False, choices=SEES, error_messages={"invalid_choice": CHOOSE})
    sources = forms.MultipleChoiceField(required=False, error_messages={"invalid_choice": "This source is unknown."})

    def __init__(self, data: Any = None, *, account: Account, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.all_sources = list(account.sources.filter(unlinked_at=None).order_by("name"))
        self.fields["sources"].choices = [(str(one.public_id), one.name) for one in self.all_sources]  # type: ignore[attr-defined]

    def clean(self) -> None:
        """A restriction names a source: an empty one would be taken for none, or for everything."""
        cleaned = self.cleaned_data
        wants_some = cleaned.get("role") == Role.VIEWER and cleaned.get("sees") == SOME
        if wants_some and "sources" not in self.errors and not cleaned.get("sources"):
            self.add_error("sources", CHOOSE)

    @property
    def chosen_role(self) -> Role:
        """The role, once the form is valid."""
        return Role(self.cleaned_data["role"])

    @property
    def chosen_sources(self) -> list[int] | None:
        """The ids of the sources that a viewer is to see; None for all."""
        if self.chosen_role != Role.VIEWER or self.cleaned_data.get("sees") != SOME:
            return None
        return [one.pk for one in self.all_sources if str(one.public_id) in self.cleaned_data["sources"]]


class InvitationForm(PartForm):
    """An address, and what its reader is asked to be."""

    email = forms.EmailField(
        max_length=254,
        error_messages={
            "required": "Tell whom you invite.",
            "invalid": "This is no e-mail address. One looks like bob@example.com.",
            "max_length": "An e-mail address has at most 254 characters.",
        },
    )

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


class MemberForm(PartForm):
    """What a member is and sees; an owner may make another one an owner too."""

    def __init__(self, data: Any = None, *, member: Membership, by: Role, **kwargs: Any) -> None:
        ids = set(member.sources or ())
        super().__init__(data, account=member.account, **kwargs)
        seen = [str(one.public_id) for one in self.all_sources if one.pk in ids]
        self.initial = {"role": member.role, "sees": SOME if member.is_restricted else EVERYTHING, "sources": seen}
        if by == Role.OWNER:
            self.fields["role"].choices = [(Role.OWNER.value, Role.OWNER.label), *INVITED_AS]  # type: ignore[attr-defined]


class ProfileForm(forms.Form):
    """What somebody is called."""

    name = forms.CharField(
        max_length=200,
        error_messages={"required": "Tell us your name.", "max_length": "A name has at most 200 characters."},
    )


class NotificationsForm(forms.ModelForm):  # type: ignore[type-arg]
    """Which mails a member wants of an account."""

    class Meta:
        model = Membership
        fields = ("wants_source_mail", "wants_team_mail")
