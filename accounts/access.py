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
            membership = active_memberships(request.user).first()
            if membership is None:
                return redirect("start")
            request.account, request.role = membership.account, Role(membership.role)
            if _RANK[request.role] < _RANK[role]:
                return render(request, "403.html", status=403)
            return view(request, *args, **kwargs)

        return gated

    return decorate


def active_memberships(user: User) -> QuerySet[Membership]:
    """The user's memberships that have not expired, oldest first. Raises Http404 for anonymous users."""
    if not user.is_authenticated:
        raise Http404
    unexpired = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
    return user.memberships.filter(unexpired).select_related("account").order_by("pk")
