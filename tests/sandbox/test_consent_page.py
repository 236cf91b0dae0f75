"""The consent page in a real browser: readable by everybody, and its buttons lead back."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import product
from threading import Thread
from urllib.parse import urlencode

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from datasources.sandbox.dialects.stripe import Manner
from datasources.sandbox.server import Sandbox


@pytest.fixture
def home() -> Iterator[str]:
    """The address to which the merchant returns."""

    class Home(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<link rel=icon href=data:,>")

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Home) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/back"
        server.shutdown()


def address(sandbox: Sandbox, home: str) -> str:
    """Where an application sends the merchant."""
    asked = {"response_type": "code", "client_id": Manner().client.identifier, "redirect_uri": home, "state": "s"}
    return f"{sandbox.url}/stripe/oauth/authorize?{urlencode(asked)}"


def test_everybody_can_read_it(page: Page, sandbox: Sandbox, home: str) -> None:
    page.goto(address(sandbox, home))

    for scheme, width in product(["light", "dark"], [1440, 390]):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.set_viewport_size({"width": width, "height": 844})
        assert Axe().run(page).response["violations"] == [], (scheme, width)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (scheme, width)


@pytest.mark.parametrize(("button", "carried"), [("Allow", "code=ac_"), ("Deny", "error=access_denied")])
def test_its_buttons_lead_back(page: Page, sandbox: Sandbox, home: str, button: str, carried: str) -> None:
    page.goto(address(sandbox, home))
    page.get_by_role("button", name=button).click()
    page.wait_for_url(f"{home}?**")

    assert carried in page.url
    assert "state=s" in page.url
