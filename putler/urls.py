"""The site's addresses; each app brings its own."""

from django.urls import include, path

from putler import disclosure, health

handler400, handler403 = "putler.refusals.bad_request", "putler.refusals.forbidden"
handler404, handler500 = "putler.refusals.not_found", "putler.refusals.failed"

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path(".well-known/security.txt", disclosure.security_txt, name="security_txt"),
    path("security/disclosure/", disclosure.policy, name="disclosure"),
    path("", include("accounts.urls")),
    path("", include("datasources.urls")),
    path("", include("analytics.urls")),
    path("", include("compliance.urls")),
]
