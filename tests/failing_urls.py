"""The site's addresses, and one whose view fails with a secret in its hands."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import path

from putler.urls import handler400, handler403, handler404, handler500, urlpatterns

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]


@login_not_required
def fail(request: HttpRequest, number: int) -> HttpResponse:
    """Fail as a view of ours might."""
    password = request.GET.get("password", "")
    raise RuntimeError("This view fails." if password else "It fails without a secret too.")


urlpatterns = [path("fails/<int:number>/", fail, name="fails"), *urlpatterns]
