"""The one door to an account's pages: who is asking, for which account, and what they may see and do there."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, Concatenate

from django.conf import settings
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.models import Account, Membership, Role, Scope, User
from putler.kernel.writing import Style, styled
from putler.tenancy import tenant

RANK = {Role.SUPPORT: -1, Role.VIEWER: 0, Role.ADMIN: 1, Role.OWNER: 2}
READING = {"GET", "HEAD"}
IN_SESSION = "account"  # holds the public id of the account that was chosen last
SHOWN_ACCOUNT = "shown_account"  # what forms send: the public id of the account that their page was of


class AccountRequest(HttpRequest):
    """A request inside an account: `account` is the tenant, `role` the user's part in it.

    `account` is what this member may see of it: whatever starts there (`request.account.sources`) keeps to the sources
    that the member is restricted to. `memberships`: all of the user's, for the switch between accounts. `may_manage`:
    whether what changes the account is shown.
    """

    account: Account
    membership: Membership
    memberships: list[Membership]
    role: Role
    may_manage: bool
    user: User


View = Callable[Concatenate[AccountRequest, ...], HttpResponse]


def account_required(
    *, role: Role, support: Scope | None = None, pauses: bool = False, is_snapshot: bool = False
) -> Callable[[View], Callable[..., HttpResponse]]:
    """Let the view run for members with at least this role, inside their account's tenant wall.

    `support`: which permission lets Putler's staff look at it, for reading alone; without one, none does.

    Someone without any account is led to where one is started; a member without the right gets 403. A view that
    `pauses` does not run once the account's trial has ended; a page says so, and what still works. A form of a page
    that was of another account gets 409.

    `is_snapshot`: for pages of figures that write nothing: figures, rows and the account's currency and zone are those
    of one moment.
    """

    def decorate(view: View) -> Callable[..., HttpResponse]:
        @member_required(role=role, support=support, pauses=pauses)
        @wraps(view)
        def inside(request: AccountRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            with tenant(request.account.pk, is_snapshot=is_snapshot):
                if is_snapshot:
                    request.account.refresh_from_db()
                with styled(Style(request.account.number_format, request.account.date_format)):
                    return view(request, *args, **kwargs)

        return inside

    return decorate


def member_required(
    *, role: Role, support: Scope | None = None, pauses: bool = False
) -> Callable[[View], Callable[..., HttpResponse]]:
    """The same gate for views that ask others over the network, and enter the account themselves before and after."""

    def decorate(view: View) -> Callable[..., HttpResponse]:
        @wraps(view)
        def gated(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
            if not enter(request):
                return _to_start(request.user)
            if needs_second_factor(request):
                return redirect("second_factor_app")
            if not _may(request, role, support):
                return render(request, "403.html", status=HTTPStatus.FORBIDDEN)
            if pauses and request.account.is_paused(now=timezone.now()):
                context = {"ask": settings.SUPPORT_EMAIL}
                return render(request, "accounts/paused.html", context, status=HTTPStatus.PAYMENT_REQUIRED)
            if is_of_another_account(request):
                return render(request, "accounts/another.html", status=HTTPStatus.CONFLICT)
            return view(request, *args, **kwargs)

        gated.opens_for = support  # type: ignore[attr-defined]  # tests ask every address
        return gated

    return decorate


def enter(request: Any) -> bool:
    """Give the request its account: the one chosen last if that is still the user's, else their first.

    Staff are in an account only once they chose it: never because of no other. False for somebody in no account.
    Raises Http404 for anonymous users.
    """
    request.memberships = list(active_memberships(request.user))
    chosen = request.session.get(IN_SESSION)
    own = next((one for one in request.memberships if str(one.account.public_id) == chosen), None)
    membership = own or next((one for one in request.memberships if one.role != Role.SUPPORT), None)
    if membership is None:
        return False
    request.membership, request.account = membership, membership.account
    request.role = Role(membership.role)
    request.may_manage = RANK[request.role] >= RANK[Role.ADMIN]
    request.account.seen_sources = None if membership.sources is None else frozenset(membership.sources)
    return True


def sees(request: AccountRequest, scope: Scope) -> bool:
    """Whether such things may be shown; staff see what their permission is for, members of the account all of it."""
    return request.role != Role.SUPPORT or request.membership.scope in {scope, Scope.EVERYTHING}


def is_of_another_account(request: Any) -> bool:
    """Whether a form was posted from a page of another account than is chosen now, in another tab.

    What it asks for must not befall the account that is shown now.
    """
    said = request.POST.get(SHOWN_ACCOUNT)
    return said is not None and said != str(request.account.public_id)


def choose(request: HttpRequest, account: Account) -> None:
    """Show this account from now on in this browser."""
    request.session[IN_SESSION] = str(account.public_id)


def forget(request: HttpRequest) -> None:
    """Show no chosen account any more in this browser."""
    request.session.pop(IN_SESSION, None)


def person_required(view: View) -> Callable[..., HttpResponse]:
    """Let the view run for whoever is signed in: a page about themselves.

    `request.account` is there for the frame of the page; it is None for somebody who is in no account, or may not enter
    theirs without a second factor, and for staff: no permission is about themselves.
    """

    @wraps(view)
    def inside(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if not enter(request) or needs_second_factor(request) or request.role == Role.SUPPORT:
            request.account = request.role = request.membership = None
        return view(request, *args, **kwargs)

    return inside


def needs_second_factor(request: Any) -> bool:
    """Whether the account of the request demands a second factor that this session did not show; of staff each does."""
    is_demanded = request.account.requires_2fa or request.role == Role.SUPPORT
    return bool(is_demanded) and not request.user.is_verified()


def active_memberships(user: User) -> QuerySet[Membership]:
    """The user's memberships that have not expired, oldest first. Raises Http404 for anonymous users.

    `everything_until`: until when staff may look at all of the account, on suspicion of a breach of terms; else None.
    """
    if not user.is_authenticated:
        raise Http404
    now = timezone.now()
    unexpired = Q(expires_at=None) | Q(expires_at__gt=now)
    holds = ~Q(role=Role.SUPPORT) | Q(user__is_staff=True)
    broken = Membership.objects.filter(account=OuterRef("account"), scope=Scope.EVERYTHING, expires_at__gt=now)
    until = Subquery(broken.order_by("-expires_at").values("expires_at")[:1])
    found = user.memberships.filter(unexpired, holds).annotate(everything_until=until)
    return found.select_related("account").order_by("pk")


def _may(request: Any, role: Role, support: Scope | None) -> bool:
    """Whether the member has at least this role; staff look at what their permission is for, and change nothing."""
    if request.role != Role.SUPPORT:
        return RANK[request.role] >= RANK[role]
    return support is not None and sees(request, support) and request.method in READING


def _to_start(user: User) -> HttpResponse:
    """Lead to where an account is started; staff start none. Raises Http404."""
    if user.is_staff:
        raise Http404
    return redirect("start")
