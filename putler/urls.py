"""The site's addresses; each app brings its own."""

from django.urls import include, path

from putler import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("", include("accounts.urls")),
    path("", include("datasources.urls")),
    path("", include("analytics.urls")),
    path("", include("compliance.urls")),
]
