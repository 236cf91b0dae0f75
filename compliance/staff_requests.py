"""Staff enter what somebody asked for by mail. Nothing is told to them of whether an address is known here."""

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.letters import send
from accounts.models import User
from accounts.sudo import sudo_required
from compliance import asking, request_letters
from compliance.models import ErasureRequest

Kind = ErasureRequest.Kind
COPY: Final = "copy"
SAME, OTHER, LOST = "same", "other", "lost"
DONE: Final = {
    SAME: "If the address is on file, a link is on its way to it. Its reader has to prove who they are.",
    OTHER: "If the address is on file, a notice is on its way to it. Tell the sender nothing and do nothing else.",
    LOST: "If the address is on file, a notice is on its way to it. In 72 hours it is done, unless somebody stops it.",
}


class MailForm(forms.Form):
    """What a mail asks for, and how it came."""

    address = forms.EmailField(max_length=254, error_messages={"required": "Type the address on file."})
    kind = forms.ChoiceField(
        choices=[
            (Kind.USER.value, "Erase the person"),
            (Kind.ACCOUNT.value, "Close their account"),
            (Kind.SOURCE_NOW.value, "Delete a source now"),
            (COPY, "A copy of their data"),
        ]
    )
    how = forms.ChoiceField(
        choices=[
            (SAME, "From the address on file"),
            (OTHER, "From another address"),
            (LOST, "They can no longer read the address on file"),
        ]
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("how") == LOST and cleaned.get("kind") not in {Kind.USER, Kind.ACCOUNT}:
            raise forms.ValidationError(
                "Without the address on file, a person can be erased or an account closed only."
            )
        return cleaned


@sudo_required()
def enter(request: HttpRequest, owner: "ModelAdmin[ErasureRequest]") -> HttpResponse:
    """The page with the form, and what it does."""
    form = MailForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        by = User.objects.get(public_id=request.user.public_id)  # type: ignore[union-attr]
        try:
            _act(**form.cleaned_data, by=by)
        except asking.CannotAsk as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, DONE[form.cleaned_data["how"]])
            return redirect("admin:compliance_erasurerequest_changelist")
    context = owner.admin_site.each_context(request) | {"form": form, "opts": owner.opts}
    return render(request, "admin/enter_erasure.html", context, status=422 if form.errors else 200)


def _act(address: str, kind: str, how: str, *, by: User) -> None:
    if how == OTHER:
        asking.by_somebody_else(address, by=by)
    elif how == LOST:
        asking.after_notice(Kind(kind), address, by=by, now=timezone.now())
    elif kind == COPY:
        user = User.objects.filter(email=address.strip().lower(), is_active=True).first()
        if user:
            send(request_letters.export_by_mail(), to=user.email)
    else:
        asking.by_mail(Kind(kind), address, by=by)
