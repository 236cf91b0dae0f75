"""Addresses that merchants type lead out to the internet, or nowhere."""

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from datasources.connectors import http
from datasources.connectors.addresses import BadAddress, is_outside, shop_address
from datasources.connectors.errors import Transient
from datasources.connectors.shops import UNREACHABLE, Gate, ShopHttp

GOOD = {
    "https://shop.example.com": "https://shop.example.com",
    "shop.example.com": "https://shop.example.com",
    "https://shop.example.com/": "https://shop.example.com",
    "https://shop.example.com/store/": "https://shop.example.com/store",
    "https://SHOP.Example.COM": "https://shop.example.com",
    "https://shop.example.com:443": "https://shop.example.com",
    "https://shop.example.com:8443/x": "https://shop.example.com:8443/x",
    "https://bücher.example": "https://xn--bcher-kva.example",
    "https://xn--bcher-kva.example": "https://xn--bcher-kva.example",
    "https://1.shop.example": "https://1.shop.example",
}
BAD = [
    "", "https://", "https:///path", "http://shop.example.com", "ftp://shop.example.com", "file:///etc/passwd",
    "gopher://shop.example.com", "javascript://shop.example.com", "https://shop.example.com:80",
    "https://shop.example.com:22", "https://shop.example.com:0", "https://shop.example.com:99999",
    "https://shop.example.com:https", "https://user@shop.example.com", "https://user:word@shop.example.com",
    "https://shop.example.com@127.0.0.1", "https://@shop.example.com", "https://shop.example.com?x=1",
    "https://shop.example.com#x", "https://shop example.com", "https://shop.example.com\\@127.0.0.1",
    "https://shop.example.com\r\nHost: x", "https://localhost", "https://localhost.", "https://metadata",
    "https://127.0.0.1", "https://127.1", "https://2130706433", "https://0x7f000001", "https://017700000001",
    "https://0x7f.0.0.1", "https://[::1]", "https://[::ffff:127.0.0.1]", "https://127.0.0.1.", "https://8.8.8.8",
    "https://shop.0x1", "https://-shop.example.com", "https://shop..example.com", "https://shop_1.example.com",
    f"https://{'a' * 64}.example.com", f"https://{'a.' * 130}example.com", "https://١٢٧.0.0.1",
]  # fmt: skip
INSIDE = [
    "127.0.0.1", "127.8.8.8", "0.0.0.1", "10.0.0.1", "100.64.0.1", "169.254.169.254", "172.16.0.1", "192.0.0.8",
    "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "203.0.113.9", "224.0.0.1", "255.255.255.255", "::", "::1",
    "::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:a00:1::1",
    "2001:0:7f00:1::", "2001:0:4136:e378:8000:63bf:80ff:fffe", "fc00::1", "fd00::1", "fe80::1", "fe80::1%eth0",
    "ff02::1", "2001:db8::1", "not an address", "1.2.3.4.5", "",
]  # fmt: skip
OUTSIDE = ["8.8.8.8", "93.184.215.14", "2606:4700:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"]


@pytest.mark.rule("H1")
@pytest.mark.parametrize("typed", GOOD)
def test_a_shops_address_is_taken(typed: str) -> None:
    assert shop_address(typed).base == GOOD[typed]


@pytest.mark.rule("H1")
@pytest.mark.parametrize("typed", BAD)
def test_what_is_no_shops_address_is_refused(typed: str) -> None:
    with pytest.raises(BadAddress):
        shop_address(typed)


@pytest.mark.rule("H2")
@pytest.mark.parametrize("address", INSIDE)
def test_no_address_of_our_own_network_is_outside(address: str) -> None:
    assert not is_outside(address)


@pytest.mark.rule("H2")
@pytest.mark.parametrize("address", OUTSIDE)
def test_the_internet_is_outside_but_for_our_own_part_of_it(address: str) -> None:
    assert is_outside(address, ours=["9.9.9.9"])
    assert not is_outside(address, ours=[address.removeprefix("::ffff:").replace("64:ff9b::808:808", "8.8.8.8")])


class Shop:
    """A server on this machine that remembers who came."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.answer: Callable[[Any], None] = lambda handler: _say(handler, b"{}")
        shop = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                shop.asked.append((self.path, dict(self.headers.items())))
                shop.answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = int(self.server.server_address[1])
        self.host = f"127.0.0.1:{self.port}"


def _say(handler: Any, body: bytes, status: int = 200, **headers: str) -> None:
    handler.send_response(status)
    for name, value in {"Content-Length": str(len(body)), **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


@pytest.fixture
def shop() -> Iterator[Shop]:
    made = Shop()
    threading.Thread(target=made.server.serve_forever, args=(0.01,), daemon=True).start()
    yield made
    made.server.shutdown()
    made.server.server_close()


def asking(base: str, **gate: Any) -> ShopHttp:
    return ShopHttp(base, gate=Gate(**gate), headers={"Authorization": "Bearer canary"}, sleep=lambda _: None)


def told(base: str, path: str = "/x", **gate: Any) -> str:
    """What the merchant reads when asking fails."""
    with pytest.raises(Transient) as failed:
        asking(base, **gate).get(path)
    return str(failed.value)


def test_a_host_that_a_developer_names_is_asked(shop: Shop) -> None:
    assert asking(f"http://{shop.host}", inside=[shop.host]).get("/x") == b"{}"


@pytest.mark.rule("H6")
def test_a_host_that_nobody_names_is_not(shop: Shop) -> None:
    with pytest.raises(BadAddress):
        asking(f"http://{shop.host}")
    with pytest.raises(BadAddress):
        asking(f"http://{shop.host}", inside=["127.0.0.1:1"])


@pytest.mark.rule("H2")
def test_a_name_that_leads_inside_a_moment_later_leads_nowhere(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    answers, connected = [["8.8.8.8"], ["127.0.0.1"]], []

    def connect(address: tuple[str, int], *_: object) -> socket.socket:
        connected.append(address)
        raise OSError

    monkeypatch.setattr(socket, "create_connection", connect)
    monkeypatch.setattr(http, "TRIES", 1)
    told("https://shop.example.com", resolve=lambda *_: answers.pop(0))

    assert connected == [("8.8.8.8", 443)]  # what was judged, without asking again
    assert (len(answers), shop.asked) == (1, [])


@pytest.mark.rule("H2")
@pytest.mark.parametrize("found", [["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["8.8.8.8", "::1"], []])
def test_one_address_inside_spoils_a_host(found: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "create_connection", lambda *_: pytest.fail("It connected."))

    assert told("https://shop.example.com", resolve=lambda *_: found) == UNREACHABLE


@pytest.mark.rule("H3")
@pytest.mark.parametrize(
    "target",
    ["https://127.0.0.1/", "http://127.0.0.1:1/", "https://else.example.com/", "file:///etc/passwd", "//[", ""],
)
def test_a_redirect_elsewhere_is_not_followed(shop: Shop, target: str) -> None:
    shop.answer = lambda handler: _say(handler, b"", 302, Location=target)
    message = told(f"http://{shop.host}", inside=[shop.host])

    assert message == UNREACHABLE
    assert {path for path, _ in shop.asked} == {"/x"}


@pytest.mark.rule("H3")
def test_three_redirects_of_one_host_are_followed_and_no_fourth(shop: Shop) -> None:
    def onwards(handler: Any) -> None:
        number = int(handler.path.strip("/x") or 0) + 1
        _say(handler, b"there", *((302,) if number <= shop.stops else ()), Location=f"/x{number}")  # type: ignore[attr-defined]

    shop.answer = onwards
    shop.stops = 3  # type: ignore[attr-defined]
    assert asking(f"http://{shop.host}", inside=[shop.host]).get("/x") == b"there"

    shop.stops = 4  # type: ignore[attr-defined]
    assert told(f"http://{shop.host}", inside=[shop.host]) == UNREACHABLE


@pytest.mark.rule("H3")
def test_a_credential_goes_to_no_other_host(shop: Shop) -> None:
    other = f"www.127.0.0.1:{shop.port}"
    shop.answer = lambda handler: _say(
        handler, b"", *((302,) if len(shop.asked) == 1 else ()), Location=f"http://{other}/"
    )
    gate = {"inside": [shop.host, other], "resolve": lambda *_: ["127.0.0.1"]}
    asking(f"http://{shop.host}", **gate).get("/x")

    assert ["Authorization" in headers for _, headers in shop.asked] == [True, False]


@pytest.mark.rule("H4")
def test_an_answer_in_drops_is_cut(shop: Shop) -> None:
    def drip(handler: Any) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        while not ended.wait(0.02):
            handler.wfile.write(b" ")
            handler.wfile.flush()

    ended = threading.Event()
    shop.answer, begun = drip, time.monotonic()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(http, "TRIES", 1)
        assert told(f"http://{shop.host}", inside=[shop.host], whole=0.3) == UNREACHABLE
    ended.set()

    assert time.monotonic() - begun < 15


@pytest.mark.rule("H4")
def test_a_head_that_never_ends_is_cut(shop: Shop) -> None:
    def drip(handler: Any) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
        while not ended.wait(0.02):
            handler.wfile.write(b"x")
            handler.wfile.flush()

    ended = threading.Event()
    shop.answer = drip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(http, "TRIES", 1)
        assert told(f"http://{shop.host}", inside=[shop.host], whole=0.3) == UNREACHABLE
    ended.set()


@pytest.mark.rule("H4")
def test_a_small_body_that_unpacks_to_a_huge_one_is_cut(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "TRIES", 1)
    bomb = gzip.compress(b" " * (http.LARGEST + 1))
    shop.answer = lambda handler: _say(handler, bomb, Content_Encoding="gzip")

    assert told(f"http://{shop.host}", inside=[shop.host]) == UNREACHABLE


@pytest.mark.rule("H4")
def test_no_proxy_and_no_stored_password_is_used(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NETRC", "/dev/null")

    assert asking(f"http://{shop.host}", inside=[shop.host]).get("/x") == b"{}"


@pytest.mark.rule("H5")
def test_the_merchant_reads_the_same_whatever_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "TRIES", 1)

    def failing(error: Exception) -> str:
        def connect(*_: object) -> socket.socket:
            raise error

        monkeypatch.setattr(socket, "create_connection", connect)
        return told("https://shop.example.com", resolve=lambda *_: ["8.8.8.8"])

    def unknown(*_: object) -> list[str]:
        raise socket.gaierror

    closed, filtered = failing(ConnectionRefusedError("8.8.8.8:443")), failing(TimeoutError("8.8.8.8"))
    refused = told("https://shop.example.com", resolve=lambda *_: ["10.0.0.1"])
    nowhere = told("https://shop.example.com", resolve=unknown)
    assert {closed, filtered, refused, nowhere} == {UNREACHABLE}
