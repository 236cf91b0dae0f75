"""Two questions of the machine that runs the site: is this process alive, and may it be sent visitors?"""

from http import HTTPStatus

from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_q.status import Stat


@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when this process reaches its database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"database": "reachable"})


@login_not_required
@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when every migration is applied and a worker gave a sign of life within its last three seconds."""
    executor = MigrationExecutor(connection)
    missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    workers = len(Stat.get_all())
    status = HTTPStatus.SERVICE_UNAVAILABLE if missing or not workers else HTTPStatus.OK
    return JsonResponse({"unapplied_migrations": missing, "worker_clusters": workers}, status=status)
