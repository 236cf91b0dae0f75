"""What staff do about access on pages of their site: ask for it, enter, give it back, and the way past an owner."""

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts import audit
from accounts.access import active_memberships, choose, forget
from accounts.audit import Verb
from accounts.models import Account, Membership, Role, Scope, User
from accounts.sudo import sudo_required
from compliance import staff_access
from compliance.forms_access import EvidenceForm, WishForm
from putler.tenancy import tenant

FIRST_PAGE: Final = {Scope.RECORDS: "transactions", Scope.CONNECTIONS: "sources"}  # of the others, Home


@sudo_required()
def ask_access(request: HttpRequest, admin: "ModelAdmin[Account]", account: Account | None) -> HttpResponse:
    """The page that asks an account's owners; it shows nothing of the account but its name."""
    if account is None:
        raise Http404
    form = WishForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            staff_access.ask(account, staff=_person(request), wish=form.wish(), now=timezone.now())
        except staff_access.AccessRefused as error:
            messages.error(request, str(error))
        else:
            messages.success(request, "The owners are asked by mail. You are told once one of them answers.")
        return redirect("admin:accounts_account_ask_access", account.public_id)
    return _page(request, admin, "ask_access", subject=account, form=form)


@sudo_required()
def break_glass(request: HttpRequest, admin: "ModelAdmin[Account]", account: Account | None) -> HttpResponse:
    """The page where one of the staff asks for access on suspicion, and another approves it."""
    if account is None:
        raise Http404
    now, by = timezone.now(), _person(request)
    with tenant(account.pk):
        waiting = staff_access.waiting_glass(account, now=now)
    form = EvidenceForm(request.POST if request.method == "POST" and waiting is None else None)
    if request.method == "POST" and (waiting or form.is_valid()):
        try:
            messages.success(request, _ask_or_approve(request, account, waiting, by=by))
        except staff_access.AccessRefused as error:
            messages.error(request, str(error))
        return redirect("admin:accounts_account_break_glass", account.public_id)
    may_approve = waiting is not None and waiting.requested_by_id != by.pk
    return _page(request, admin, "break_glass", subject=account, form=form, waiting=waiting, may_approve=may_approve)


def entering(request: HttpRequest, admin: "ModelAdmin[Account]") -> HttpResponse:
    """The accounts that somebody of the staff may look at now, and the ways in and out."""
    by = _person(request)
    live = list(active_memberships(by).filter(role=Role.SUPPORT))
    if request.method != "POST":
        return _page(request, admin, "entering", live=live)
    forget(request)
    if "leave" in request.POST:
        messages.success(request, "You left the account.")
        return redirect("admin:accounts_account_entering")
    chosen = request.POST.get("enter") or request.POST.get("give_back")
    membership = next((one for one in live if str(one.grant) == chosen), None)
    if membership is None:
        raise Http404
    if "give_back" in request.POST:
        staff_access.give_back(membership, now=timezone.now())
        messages.success(request, f"Your access to {membership.account.name} has ended.")
        return redirect("admin:accounts_account_entering")
    return _enter(request, membership, by=by)


def _enter(request: HttpRequest, membership: Membership, *, by: User) -> HttpResponse:
    account, which = membership.account, {"grant": str(membership.grant)}
    with transaction.atomic():
        audit.record(Verb.STAFF_LOOKED, account_id=account.pk, subject=account, actor=by, detail=which)
        audit.record(Verb.STAFF_LOOKED, account_id=None, subject=account, actor=by, detail=which)
    choose(request, account)
    return redirect(FIRST_PAGE.get(Scope(membership.scope), "home"))


def _ask_or_approve(request: HttpRequest, account: Account, waiting: Any, *, by: User) -> str:
    """Do what the form says; a form that is late approves nothing but what its page showed."""
    if waiting is None:
        evidence = request.POST["evidence"].strip()
        staff_access.ask_to_break_glass(account, by=by, evidence=evidence, now=timezone.now())
        return "Your colleagues are asked by mail; one of them has to approve it within a day."
    if request.POST.get("approves") != str(waiting.public_id):
        raise staff_access.AccessRefused("Somebody asked meanwhile. Read the evidence first.")
    staff_access.break_glass(waiting, by=by, now=timezone.now())
    return "Approved for a day. The owners were told at this moment."


def _person(request: HttpRequest) -> User:
    """Who asks, out of the request's proxy."""
    return User.objects.get(public_id=request.user.public_id)  # type: ignore[union-attr]


def _page(request: HttpRequest, admin: Any, name: str, *, form: forms.Form | None = None, **more: Any) -> HttpResponse:
    context = admin.admin_site.each_context(request) | {"form": form, "opts": admin.opts} | more
    return render(request, f"admin/{name}.html", context, status=422 if form and form.errors else 200)
