"""The browser of these tests complains aloud: what a page does wrong fails its test."""

import pytest
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

INLINE_SCRIPT = "document.head.append(Object.assign(document.createElement('script'), {textContent: 'var ran = true'}))"


@pytest.mark.rule("X2")
def test_an_inline_script_does_not_run_and_is_complained_about(
    page: Page, complaints: list[str], live_server: LiveServer
) -> None:
    page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
    page.goto(f"{live_server.url}/healthz")

    page.evaluate(INLINE_SCRIPT)

    assert page.evaluate("typeof ran") == "undefined"
    assert "Content Security Policy" in complaints.pop()
