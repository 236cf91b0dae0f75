"""The page of insights, and its goals."""

import uuid
from http import HTTPStatus

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import AccountRequest, account_required
from accounts.models import Role, Scope
from analytics import goals
from analytics.insights import insights
from analytics.insights_forms import GoalForm, InsightsForm, TargetForm
from analytics.metrics.base import Unit
from analytics.metrics.registry import METRICS
from analytics.models import Goal
from putler.kernel.errors import PutlerError


@never_cache
@require_safe
@account_required(role=Role.VIEWER, support=Scope.FIGURES, pauses=True, is_snapshot=True)
def insights_page(request: AccountRequest) -> HttpResponse:
    form = InsightsForm(request.GET, account=request.account, now=timezone.now())
    found = insights(form) if form.all_sources else {"has_sandbox": bool(settings.SANDBOX_URL)}
    return render(request, "analytics/insights.html", {"form": form} | found)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@account_required(role=Role.ADMIN, pauses=True)
def new_goal(request: AccountRequest) -> HttpResponse:
    form = GoalForm(request.POST if request.method == "POST" else None, account=request.account, now=timezone.now())
    if form.is_valid():
        slug = form.cleaned_data["metric"]
        try:
            goals.set_goal(request.account, metric=slug, period=form.chosen_period, target=form.target_of(slug))
        except PutlerError as error:
            form.add_error("target", str(error))
        else:
            messages.success(request, "The goal is set.")
            return redirect("insights")
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return render(request, "analytics/new_goal.html", {"form": form}, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@account_required(role=Role.ADMIN, pauses=True)
def goal(request: AccountRequest, public_id: uuid.UUID) -> HttpResponse:
    own = get_object_or_404(request.account.goals, public_id=public_id)
    form = TargetForm(request.POST) if request.method == "POST" else TargetForm(initial={"target": _typed(own)})
    if form.is_valid():
        try:
            goals.change_goal(own, target=form.target_of(own.metric))
        except PutlerError as error:
            form.add_error("target", str(error))
        else:
            messages.success(request, "The goal is changed.")
            return redirect("insights")
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return render(
        request, "analytics/goal.html", {"form": form, "goal": own, "metric": METRICS[own.metric]}, status=status
    )


@never_cache
@require_POST
@account_required(role=Role.ADMIN)
def delete_goal(request: AccountRequest, public_id: uuid.UUID) -> HttpResponse:
    goals.delete_goal(get_object_or_404(request.account.goals, public_id=public_id))
    messages.success(request, "The goal is deleted.")
    return redirect("insights")


def _typed(goal: Goal) -> str:
    """The target as people write it."""
    shown = goal.target * 100 if METRICS[goal.metric].unit is Unit.PERCENT else goal.target
    return f"{shown:f}".rstrip("0").rstrip(".") if "." in f"{shown:f}" else f"{shown:f}"
