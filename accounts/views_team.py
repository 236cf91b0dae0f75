"""The team of an account: who is in it, who is asked to join, and what they see."""

import uuid
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from allauth.core import ratelimit
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import invitations, team
from accounts.access import AccountRequest, View, account_required
from accounts.models import Invitation, Membership, Role
from accounts.sudo import sudo_required
from accounts.team_forms import InvitationForm, MemberForm

TOO_MANY = "Many invitations went to this address already. Please try again in an hour."


@never_cache
@require_safe
@account_required(role=Role.VIEWER)
def members(request: AccountRequest) -> HttpResponse:
    return _page(request, InvitationForm(account=request.account, initial={"role": Role.VIEWER, "sees": "all"}))


def told(view: View) -> View:
    """Say what could not be done on the page of the team."""

    @wraps(view)
    def telling(request: AccountRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except team.TeamError as error:
            messages.warning(request, str(error))
            return redirect("team")

    return telling


def deed(*, role: Role, back: str = "team") -> Callable[[View], Callable[..., HttpResponse]]:
    """The gate of whatever changes a team: by POST, for this role, with fresh proof of who asks."""

    def decorate(view: View) -> Callable[..., HttpResponse]:
        proved = sudo_required(back=back)(told(view))
        return never_cache(require_POST(account_required(role=role)(proved)))

    return decorate


@deed(role=Role.ADMIN)
def invite(request: AccountRequest) -> HttpResponse:
    form = InvitationForm(request.POST, account=request.account)
    if not form.is_valid():
        return _page(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    email = form.cleaned_data["email"]
    if refused := _too_often(request, email):
        return refused
    invitations.invite(
        email, role=form.chosen_role, sources=form.chosen_sources, actor=request.membership, now=timezone.now()
    )
    messages.success(request, f"An invitation is on its way to {email}. It is good for 14 days.")
    return redirect("team")


@deed(role=Role.ADMIN)
def invite_again(request: AccountRequest, public_id: uuid.UUID) -> HttpResponse:
    invitation = _invitation(request, public_id)
    if refused := _too_often(request, invitation.email):
        return refused
    invitations.send_again(invitation, actor=request.membership, now=timezone.now())
    messages.success(request, "A new mail is on its way; the link of the one before no longer works.")
    return redirect("team")


@deed(role=Role.ADMIN)
def withdraw(request: AccountRequest, public_id: uuid.UUID) -> HttpResponse:
    invitations.withdraw(_invitation(request, public_id), actor=request.membership, now=timezone.now())
    messages.success(request, "The invitation is withdrawn; its link no longer works.")
    return redirect("team")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@account_required(role=Role.ADMIN)
@sudo_required()
@told
def member(request: AccountRequest, public_id: uuid.UUID) -> HttpResponse:
    found = _member(request, public_id)
    form = MemberForm(request.POST or None, member=found, by=request.role)
    if request.method == "POST" and form.is_valid():
        role, sources = form.chosen_role, form.chosen_sources
        team.change(found, role=role, sources=sources, actor=request.membership, now=timezone.now())
        messages.success(request, f"{found.user.email} is changed.")
        return redirect("team")
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    may = {"change": team.may_give(request.membership, Role(found.role)), "hand_over": request.role == Role.OWNER}
    return render(request, "settings/member.html", {"member": found, "form": form, "may": may}, status=status)


@deed(role=Role.ADMIN, back="member")
def remove(request: AccountRequest, public_id: uuid.UUID) -> HttpResponse:
    found = _member(request, public_id)
    if found.pk == request.membership.pk:
        return _leave(request)
    team.remove(found, actor=request.membership, now=timezone.now())
    messages.success(request, f"{found.user.email} is removed and sees nothing of this account any more.")
    return redirect("team")


@deed(role=Role.OWNER, back="member")
def hand_over(request: AccountRequest, public_id: uuid.UUID) -> HttpResponse:
    found = _member(request, public_id)
    team.hand_over(found, actor=request.membership, now=timezone.now())
    messages.success(request, f"{found.user.email} is the owner now, and you are an administrator.")
    return redirect("team")


@deed(role=Role.VIEWER)
def leave(request: AccountRequest) -> HttpResponse:
    return _leave(request)


def _leave(request: AccountRequest) -> HttpResponse:
    name = request.account.name
    team.leave(request.membership, now=timezone.now())
    messages.success(request, f"You are no longer in {name}.")
    return redirect("home")


def _page(request: AccountRequest, form: InvitationForm, *, status: int = HTTPStatus.OK) -> HttpResponse:
    """The team as this member may see it: viewers see themselves and whom to ask."""
    can_manage = request.may_manage
    people = request.account.memberships.filter(role__in=team.GIVEN).select_related("user").order_by("joined_at", "pk")
    if not can_manage:
        people = people.filter(Q(role=Role.OWNER) | Q(pk=request.membership.pk))
    waiting = request.account.invitations.filter(used_at=None).order_by("email") if can_manage else []
    names = dict(request.account.sources.filter(unlinked_at=None).values_list("pk", "name"))
    context = {
        "people": [(one, _sees(one, names), team.may_give(request.membership, Role(one.role))) for one in people],
        "waiting": [(one, _sees(one, names), one.expires_at <= timezone.now()) for one in waiting],
        "support": _support(request) if can_manage else [],
        "form": form,
        "can_manage": can_manage,
    }
    return render(request, "settings/team.html", context, status=status)


def _support(request: AccountRequest) -> QuerySet[Membership]:
    """Putler's staff who may look at the account now."""
    live = request.account.memberships.filter(role=Role.SUPPORT, expires_at__gt=timezone.now())
    return live.select_related("user").order_by("expires_at", "pk")


def _sees(one: Membership | Invitation, names: dict[int, str]) -> list[str] | None:
    """The names of the sources that it is restricted to; None where it is not."""
    return None if one.sources is None else sorted(names[pk] for pk in one.sources if pk in names)


def _member(request: AccountRequest, public_id: uuid.UUID) -> Membership:
    people = request.account.memberships.filter(role__in=team.GIVEN).select_related("user")
    return get_object_or_404(people, public_id=public_id)


def _invitation(request: AccountRequest, public_id: uuid.UUID) -> Invitation:
    return get_object_or_404(request.account.invitations, public_id=public_id, used_at=None)


def _too_often(request: AccountRequest, email: str) -> HttpResponse | None:
    """The answer to somebody who invites too many, or one address too often."""
    if refused := ratelimit.consume_or_429(request, action="invite", user=request.user):
        return refused
    if ratelimit.consume(request, action="invitation_mail", key=email):
        return None
    messages.warning(request, TOO_MANY)
    return redirect("team")
