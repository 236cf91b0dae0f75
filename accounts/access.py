"""The one door to an account's pages: who is asking, for which account, and what they may do there."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.models import Account, Membership, Role, User
from putler.kernel.writing import Style, styled
from putler.tenancy import tenant

_RANK = {Role.VIEWER: 0, Role.ADMIN: 1, Role.OWNER: 2}


class AccountRequest(HttpRequest):
    """A request inside an account: `account` is the tenant, `role` the user's part in it."""

    account: Account
    role: Role
    user: User


View = Callable[Concatenate[AccountRequest, ...], HttpResponse]


def account_required(*, role: Role, is_snapshot: bool = False) -> Callable[[View], Callable[..., HttpResponse]]:
    """Let the view run for members with at least this role, inside their account's tenant wall.

    Someone without any account is led to where one is started; a member without the right gets 403. `is_snapshot`: for
    pages of figures that write nothing: figures, rows and the account's currency and zone are those of one moment.
    """

    def decorate(view: View) -> Callable[..., HttpResponse]:
        @member_required(role=role)
        @wraps(view)
        def inside(request: AccountRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            with tenant(request.account.pk, is_snapshot=is_snapshot):
                if is_snapshot:
                    request.account.refresh_from_db()
                with styled(Style(request.account.number_format, request.account.date_format)):
                    return view(request, *args, **kwargs)

        return inside

    return decorate


def member_required(*, role: Role) -> Callable[[View], Callable[..., HttpResponse]]:
    """The same gate for views that ask others over the network, and enter the account themselves before and after."""

    def decorate(view: View) -> Callable[..., HttpResponse]:
        @wraps(view)
        def gated(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
            if not enter(request):
                return redirect("start")
            if needs_second_factor(request):
                return redirect("second_factor_app")
            if _RANK[request.role] < _RANK[role]:
                return render(request, "403.html", status=403)
            return view(request, *args, **kwargs)

        return gated

    return decorate


def person_required(view: View) -> Callable[..., HttpResponse]:
    """Let the view run for whoever is signed in: a page about themselves.

    `request.account` is there for the frame of the page; it is None for somebody who is in no account, or may not enter
    theirs without a second factor.
    """

    @wraps(view)
    def inside(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if not enter(request) or needs_second_factor(request):
            request.account = request.role = None
        return view(request, *args, **kwargs)

    return inside


def enter(request: Any) -> bool:
    """Give the request its account and role. False for somebody in no account; raises Http404 for anonymous users."""
    membership = active_memberships(request.user).first()
    if membership is None:
        return False
    request.account, request.role = membership.account, Role(membership.role)
    return True


def needs_second_factor(request: Any) -> bool:
    """Whether the account of the request demands a second factor that this session did not show."""
    return bool(request.account.requires_2fa) and not request.user.is_verified()


def active_memberships(user: User) -> QuerySet[Membership]:
    """The user's memberships that have not expired, oldest first. Raises Http404 for anonymous users."""
    if not user.is_authenticated:
        raise Http404
    unexpired = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
    return user.memberships.filter(unexpired).select_related("account").order_by("pk")
