"""What a fresh clone needs to run anything: without DATABASE_URL, a private server and secrets of its own in var/."""

import base64
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import psycopg
from django.core.exceptions import ImproperlyConfigured

from putler import postgres, stamp
from putler.environment import is_set

ROOT: Final = Path(__file__).resolve().parent.parent
OF_THE_OWNER: Final = {"migrate", "makemigrations", "showmigrations", "sqlmigrate", "prepare_database"}
WITHOUT_DATABASE: Final = {"bootstrap_database", "dev_cert", "help", "version", "--help", "-h", "--version"}
BOTH: Final = ("DATABASE_URL", "DATABASE_OWNER_URL")
WITHOUT_CONFIGURATION: Final = {  # parses, and is never used
    "PUTLER_MODE": "local",
    "SECRET_KEY": "none",
    "PUTLER_KEYS": "none",
    "DATABASE_URL": "postgresql://",
}
INSTRUCTION: Final = (
    "DATABASE_URL and DATABASE_OWNER_URL belong together: the site runs as one role, its tables belong to another. "
    "`manage.py bootstrap_database` makes both and prints them; without either, Putler starts a database of its own."
)


@contextmanager
def surroundings(command: str) -> Iterator[None]:
    """Give one of manage.py's commands its environment for as long as it runs."""
    if command in WITHOUT_DATABASE:
        os.environ |= WITHOUT_CONFIGURATION
        yield
    else:
        with database() as urls:
            if urls and command not in OF_THE_OWNER:
                del os.environ["DATABASE_OWNER_URL"]
                prepare(urls)
            yield


@contextmanager
def database() -> Iterator[dict[str, str]]:
    """Run the private server and put the URLs of its two roles into the environment, unless that names a server.

    Raises ImproperlyConfigured: it names the owner alone.
    """
    if is_set("DATABASE_OWNER_URL") and not is_set("DATABASE_URL"):
        raise ImproperlyConfigured(INSTRUCTION)
    if is_set("DATABASE_URL") or os.environ.get("PUTLER_MODE") == "production":
        yield {}
        return
    provide_secrets()
    with postgres.server(home() / "postgres") as superuser_url:
        urls = {name: url for name, url in postgres.bootstrap(superuser_url).items() if name in BOTH}
        os.environ |= urls
        yield urls


def prepare(urls: dict[str, str]) -> None:
    """Apply new migrations in a process of its own: an ordinary command never holds the owner's URL."""
    with psycopg.connect(urls["DATABASE_URL"]) as connection, connection.cursor() as cursor:
        if stamp.is_current(cursor):
            return
    command = [sys.executable, str(ROOT / "manage.py"), "prepare_database"]
    if subprocess.run(command, stdout=sys.stderr, env=os.environ | urls).returncode:
        sys.exit("The database could not be prepared; the reason stands above.")


def provide_secrets() -> None:
    """Choose local mode and read the secrets of this clone, made at the first call; what is set already stays."""
    os.environ.setdefault("PUTLER_MODE", "local")
    path = home() / "local.env"
    if not path.exists():
        _write_once(path, f"SECRET_KEY={secrets.token_urlsafe(50)}\nPUTLER_KEYS=k1:{_key()}\n")
    for line in path.read_text().splitlines():
        name, _, value = line.partition("=")
        os.environ.setdefault(name, value)


def home() -> Path:
    """Give the folder for everything that is not code."""
    return Path(os.environ.get("PUTLER_VAR") or ROOT / "var")


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _write_once(path: Path, text: str) -> None:
    """Write a file that only we may read; when two processes try at once the first wins, whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent) as file:  # made with mode 0600
        file.write(text)
        file.flush()
        with suppress(FileExistsError):
            os.link(file.name, path)
