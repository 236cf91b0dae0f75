"""The server itself: where it listens, how it starts, and what it lets through."""

import signal
import subprocess
import sys
from http.client import HTTPConnection
from urllib.parse import urlsplit

from datasources.sandbox.server import Sandbox
from datasources.sandbox.wire import Answer, Request
from datasources.sandbox.world.shop import World
from tests.sandbox.client import Client
from tests.sandbox.conftest import NOW


def test_the_program_prints_its_address_and_ends_with_a_signal() -> None:
    command = [sys.executable, "-m", "datasources.sandbox", "--port", "0", "--client-secret", "sk_mine"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stderr
        url = process.stdout.readline().strip()
        reply = Client(f"{url}/stripe", key="sk_mine").ask("/v1/balance")
        process.send_signal(signal.SIGTERM)
        rest, errors = process.communicate(timeout=10)

    assert (reply.status, process.returncode) == (200, 0)
    assert (rest, errors) == ("", "")


def test_a_connection_is_kept(sandbox: Sandbox) -> None:
    connection = HTTPConnection(urlsplit(sandbox.url).netloc, timeout=10)
    connection.connect()
    kept = connection.sock
    for _ in range(3):
        connection.request("GET", "/stripe/v1/balance", headers={"Authorization": "Bearer rk_test_sandbox"})
        connection.getresponse().read()

    assert connection.sock is kept
    connection.close()


def test_foreign_names_do_not_reach_in(sandbox: Sandbox) -> None:
    connection = HTTPConnection(urlsplit(sandbox.url).netloc, timeout=10)
    connection.request("GET", "/stripe/v1/balance", headers={"Host": "evil.example.com"})

    assert connection.getresponse().status == 421
    connection.close()


def test_other_prefixes_are_for_other_dialects(sandbox: Sandbox) -> None:
    assert Client(sandbox.url).ask("/elsewhere").status == 404


def test_faults_answer_in_the_place_of_the_dialect(world: World) -> None:
    def fail_charges(request: Request) -> Answer | None:
        return Answer(503) if request.path == "/v1/charges" else None

    with Sandbox(world=world, now=lambda: NOW, faults=fail_charges) as sandbox:
        client = Client(f"{sandbox.url}/stripe")

        assert [client.ask("/v1/charges").status, client.ask("/v1/refunds").status] == [503, 200]
