"""The way of somebody who is invited: the link of the mail, and the page that says what it leads to."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts import invitations
from accounts.access import choose
from accounts.models import Invitation, User
from accounts.team import TeamError

IN_SESSION = "invitation"  # holds the public ids of the account and of the invitation whose link was opened


@login_not_required
@never_cache
@require_safe
def open_link(request: HttpRequest, key: str) -> HttpResponse:
    """Remember the invitation and leave the address that holds its token."""
    found = invitations.found(key, now=timezone.now())
    if found is None:
        return _not_valid(request)
    request.session[IN_SESSION] = [str(found.account.public_id), str(found.public_id)]
    answer = redirect("invitation")
    answer["Referrer-Policy"] = "no-referrer"
    return answer


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest) -> HttpResponse:
    found = opened(request)
    if found is None:
        return _not_valid(request)
    if request.method == "POST":
        return _accept(request, found) if request.user.is_authenticated else redirect_to_login(reverse("invitation"))
    return render(request, "accounts/invitation.html", {"invitation": found})


def opened(request: HttpRequest) -> Invitation | None:
    """The invitation whose link this browser opened, while it waits for an answer."""
    kept = request.session.get(IN_SESSION)
    return invitations.pending(tuple(kept) if kept else None, now=timezone.now())


def join(request: HttpRequest, user: User) -> bool:
    """Let somebody who signed up to answer an invitation in; False, and a message, where it is for another address."""
    found = opened(request)
    if found is None:
        return False
    try:
        membership = invitations.accept(found, user=user, now=timezone.now())
    except TeamError as error:
        is_theirs = found.email == user.email
        messages.warning(request, str(error) if is_theirs else "The invitation is for another address than this one.")
        return False
    del request.session[IN_SESSION]
    choose(request, membership.account)
    return True


def _accept(request: HttpRequest, found: Invitation) -> HttpResponse:
    if found.email != request.user.email:  # type: ignore[union-attr]
        return redirect("invitation")  # which says so
    if join(request, request.user):  # type: ignore[arg-type]
        messages.success(request, f"Welcome to {found.account.name}.")
    return redirect("home")


def _not_valid(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/invitation_over.html", status=404)
