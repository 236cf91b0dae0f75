"""The pages about products: all of them, and one."""

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
from analytics import product_list
from analytics.exports import csv_file
from analytics.forms import SearchForm
from analytics.forms_products import ProductsForm
from analytics.product import product_page


@never_cache
@require_safe
@account_required(role=Role.VIEWER, support=Scope.FIGURES, pauses=True, is_snapshot=True)
def all_products(request: AccountRequest) -> HttpResponse:
    form = ProductsForm(request.GET, account=request.account, now=timezone.now())
    found = product_list.page(form) if form.all_sources else {"has_sandbox": bool(settings.SANDBOX_URL)}
    return render(request, "analytics/products.html", {"form": form} | found)


@never_cache
@require_safe
@account_required(role=Role.VIEWER, support=Scope.FIGURES)
def product_file(request: AccountRequest) -> HttpResponse:
    """The leaderboard as a file, all of it."""
    form = ProductsForm(request.GET, account=request.account, now=timezone.now())
    header, rows = product_list.file_of(form)
    audit.record(Verb.EXPORTED, account_id=request.account.pk, detail={"what": "products"})
    return csv_file(f"products-{form.days.first}-{form.days.last}", header, rows)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@account_required(role=Role.VIEWER, support=Scope.FIGURES, pauses=True, is_snapshot=True)
def one_product(request: AccountRequest, public_id: uuid.UUID) -> HttpResponse:
    product = get_object_or_404(request.account.products, public_id=public_id)
    form = ProductsForm(request.GET, account=request.account, now=timezone.now())
    found = product_page(product, form, words=SearchForm(request.POST).words())
    return render(request, "analytics/product.html", {"form": form} | found)
