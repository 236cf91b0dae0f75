"""The pages about customers: all of them, lists of some, and one."""

import uuid

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts import audit
from accounts.access import AccountRequest, account_required
from accounts.audit import Verb
from accounts.models import Role, Scope
from analytics import customer_list
from analytics.customer import customer_page
from analytics.customers import customers
from analytics.exports import csv_file
from analytics.forms import SearchForm
from analytics.forms_customers import CustomerListForm, CustomersForm


@never_cache
@require_safe
@account_required(role=Role.VIEWER, support=Scope.RECORDS, pauses=True, is_snapshot=True)
def all_customers(request: AccountRequest) -> HttpResponse:
    form = CustomersForm(request.GET, account=request.account, now=timezone.now())
    found = customers(form) if form.all_sources else {"has_sandbox": bool(settings.SANDBOX_URL)}
    return render(request, "analytics/customers.html", {"form": form} | found)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@account_required(role=Role.VIEWER, support=Scope.RECORDS, pauses=True, is_snapshot=True)
def list_of_customers(request: AccountRequest) -> HttpResponse:
    form = CustomerListForm(request.GET, account=request.account, now=timezone.now())
    words = SearchForm(request.POST).words()  # they may name a person, so they never stand in an address
    found = customer_list.people(form, words)
    return render(request, "analytics/customer_list.html", {"form": form, "words": words} | found)


@never_cache
@require_safe
@account_required(role=Role.VIEWER, support=Scope.RECORDS)
def customer_file(request: AccountRequest) -> HttpResponse:
    """The list as a file, all of it."""
    form = CustomerListForm(request.GET, account=request.account, now=timezone.now())
    header, rows = customer_list.file_of(form)
    audit.record(Verb.EXPORTED, account_id=request.account.pk, detail={"what": "customers"})
    return csv_file(f"customers-{form.day}", header, rows)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@account_required(role=Role.VIEWER, support=Scope.RECORDS, pauses=True, is_snapshot=True)
def one_customer(request: AccountRequest, public_id: uuid.UUID) -> HttpResponse:
    customer = get_object_or_404(request.account.customers, public_id=public_id)
    words = SearchForm(request.POST).words()
    found = customer_page(customer, account=request.account, words=words, now=timezone.now())
    return render(request, "analytics/customer.html", found)
