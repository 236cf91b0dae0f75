"""The site refuses to run on a database connection that its own walls would not hold, or carelessly configured."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register, run_checks
from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, connections

from putler.postgres import EMBEDDED

HINT: Final = "`manage.py bootstrap_database` makes the right roles; put the DATABASE_URL that it prints here."
A_YEAR: Final = timedelta(days=365)
SHARED_CACHES: Final = ("DatabaseCache", "RedisCache", "PyMemcacheCache", "PyLibMCCache")
ABOUT_THE_ROLE: Final = """
    SELECT current_user, bool_or(rolsuper), bool_or(rolbypassrls), current_setting('cluster_name'),
           EXISTS (SELECT FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
                   WHERE relkind IN ('r', 'p') AND nspname !~ '^(pg_|information_schema)'
                   AND pg_has_role(relowner, 'MEMBER'))
    FROM pg_roles WHERE pg_has_role(oid, 'MEMBER')
"""


@register(Tags.database)
def runtime_role(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **_: Any
) -> Iterable[CheckMessage]:
    """Refuse a role that row-level security does not bind, itself or by a role that it may become."""
    if DEFAULT_DB_ALIAS not in (databases or ()):
        return []
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(ABOUT_THE_ROLE)
        return list(_faults(*cursor.fetchone()))


@register(Tags.security)
def shared_by_all_processes(app_configs: Sequence[AppConfig] | None, **_: Any) -> Iterable[CheckMessage]:
    """Refuse in production what works in one process only: each would count its tries and do its jobs alone."""
    if settings.PRODUCTION and not settings.CACHES["default"]["BACKEND"].endswith(SHARED_CACHES):
        yield Error("The cache is not shared: every process would allow the tries of all.", id="putler.E005")
    if settings.PRODUCTION and settings.Q_CLUSTER.get("sync"):
        yield Error("Q_CLUSTER has jobs done inside requests; the workers do them.", id="putler.E006")


@register(Tags.security, deploy=True)
def contact_for_finders_of_faults(app_configs: Sequence[AppConfig] | None, **_: Any) -> Iterable[CheckMessage]:
    """Refuse a security.txt that has expired, or would for too long not."""
    left = settings.SECURITY_TXT_EXPIRES - datetime.now(UTC)
    if left < timedelta(0):
        yield Error(
            "/.well-known/security.txt has expired: is SECURITY_EMAIL still read? Then date it anew.", id="putler.E007"
        )
    elif left > A_YEAR:
        yield Error("SECURITY_TXT_EXPIRES is more than a year ahead.", id="putler.E008")


def refuse_unsafe_start() -> None:
    """Raise ImproperlyConfigured, with the reason, unless the site may run as configured, on its database."""
    errors = [*run_checks(tags=[Tags.database], databases=[DEFAULT_DB_ALIAS]), *shared_by_all_processes(None)]
    connections.close_all()  # processes forked later must not share one
    if errors:
        hints = dict.fromkeys(error.hint for error in errors if error.hint)
        raise ImproperlyConfigured(" ".join([*(error.msg for error in errors), *hints]))


def _faults(role: str, is_superuser: bool, bypasses_rls: bool, cluster: str, owns_tables: bool) -> Iterator[Error]:  # noqa: FBT001
    if is_superuser:
        yield Error(f"The database role {role} is a superuser: no row-level security binds it.", HINT, id="putler.E001")
    if bypasses_rls:
        yield Error(f"The database role {role} bypasses row-level security.", HINT, id="putler.E002")
    if owns_tables:
        yield Error(f"The database role {role} owns tables and could open their policies.", HINT, id="putler.E003")
    if settings.PRODUCTION and cluster == EMBEDDED:
        yield Error("The embedded database trusts every local user: production needs its own.", HINT, id="putler.E004")
