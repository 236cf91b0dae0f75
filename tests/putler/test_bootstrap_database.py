"""The command for a server of one's own."""

from io import StringIO

from django.core.management import call_command


def test_it_prints_the_variables_to_run_with(superuser_url: str) -> None:
    out = StringIO()

    call_command("bootstrap_database", superuser_url, stdout=out)

    lines = dict(line.split("=", 1) for line in out.getvalue().splitlines())
    assert list(lines) == ["DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_BACKUP_URL"]
    assert lines["DATABASE_URL"].startswith("postgresql://putler_app:")
