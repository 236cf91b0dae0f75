"""The site's addresses; each app brings its own."""

from importlib.util import find_spec

from django.urls import include, path

from putler import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    *(path("", include(urls)) for urls in ("accounts.urls", "datasources.urls", "analytics.urls") if find_spec(urls)),
]
