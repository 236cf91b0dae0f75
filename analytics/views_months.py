"""Why a month of a source is not what its provider shows: the way between the two, and the rows of each line."""

import uuid
from datetime import date

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import AccountRequest, account_required
from accounts.models import Role
from analytics import bridge_page
from analytics.bridge import Line
from datasources.models import DataSource
from putler.kernel.money import CURRENCIES
from putler.kernel.periods import add_months, local_day


class LineForm(forms.Form):
    """Which line of which month, and after which of its rows."""

    month = forms.DateField(input_formats=["%Y-%m"])
    currency = forms.ChoiceField(choices=[(code, code) for code in sorted(CURRENCIES)])
    line = forms.ChoiceField(choices=[(line, line) for line in Line])
    after = forms.UUIDField(required=False)

    @property
    def which(self) -> tuple[date, str, Line]:
        """The month's first day, the currency and the line."""
        given = self.cleaned_data
        return given["month"], given["currency"], Line(given["line"])


@never_cache
@require_safe
@account_required(role=Role.VIEWER, pauses=True, is_snapshot=True)
def source_months(request: AccountRequest, public_id: uuid.UUID) -> HttpResponse:
    """The last month that is over, or the one that runs where there is no other."""
    source, today = _source(request, public_id), local_day(timezone.now(), request.account.zone)
    asked = request.GET.get("month", "")
    months = bridge_page.months_of(request.account, source, today)
    last = add_months(today.replace(day=1), -1)
    chosen = next((month for month in months if f"{month:%Y-%m}" == asked), last if last in months else None)
    found = bridge_page.month_page(request.account, source, chosen or today.replace(day=1), today)
    return render(request, "analytics/source_month.html", found)


@never_cache
@require_safe
@account_required(role=Role.VIEWER, pauses=True, is_snapshot=True)
def source_month_rows(request: AccountRequest, public_id: uuid.UUID) -> HttpResponse:
    """One page of the rows of a line; without knowing the line, the month is shown."""
    source, form = _source(request, public_id), LineForm(request.GET)
    if not form.is_valid():
        return redirect("source_months", source.public_id)
    last = form.cleaned_data["after"]
    position = get_object_or_404(request.account.transactions, public_id=last, source=source) if last else None
    found = bridge_page.rows_page(request.account, source, form.which, position)
    return render(request, "analytics/source_month_rows.html", found)


def _source(request: AccountRequest, public_id: uuid.UUID) -> DataSource:
    """A source whose rows are in figures."""
    return get_object_or_404(request.account.sources, public_id=public_id, unlinked_at=None, is_arriving=False)
