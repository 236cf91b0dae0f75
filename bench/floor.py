"""The floor: pages that do nothing but know who asks, and hand out bytes that are there already."""

from functools import cache as remembered

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse

from bench.surroundings import HOME

KEY = "bench.floor"
PAGE = HOME / "floor.html"


def keep(page: bytes) -> None:
    """Have both pages answer with these bytes; a server that runs already goes on with those it knows."""
    PAGE.write_bytes(page)
    cache.set(KEY, page.decode(), timeout=None)


def fast(request: HttpRequest) -> HttpResponse:
    """Session, user and bytes."""
    return HttpResponse(_bytes() if request.user.pk else b"")


def cached(request: HttpRequest) -> HttpResponse:
    """Session, user, and the page out of Django's cache."""
    return HttpResponse(cache.get(KEY) if request.user.pk else "")


@remembered
def _bytes() -> bytes:
    return PAGE.read_bytes()
