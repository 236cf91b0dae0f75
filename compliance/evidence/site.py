"""What the site answers to a stranger: asked over the network, at its public address."""

import re
from datetime import datetime
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse

from compliance.evidence.base import Finding
from datasources.connectors import http
from datasources.connectors.http import Answer

PAGES: Final = ("account_login", "privacy")
DOORS: Final = ("home", "sales", "customers", "transactions", "sources", "files", "settings", "receipts")
EXPECTED: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
CLOSED: Final = ("default-src 'none'", "script-src 'self'", "style-src 'self'", "object-src 'none'")
A_YEAR: Final = 31_536_000
FROM_ELSEWHERE: Final = re.compile(
    r"""<(?:script|link|img|iframe|form)\b[^>]*?(?:src|href|action)="(https?:)?//([^/"]+)"""
)


def headers(now: datetime) -> Finding:
    """That browsers are told to run nothing but ours, to guess nothing and to show us in no frame."""
    missing = {name for page in PAGES for name in _missing(_ask(page))}
    said = f"Missing: {', '.join(sorted(missing))}" if missing else "Scripts and styles from this site alone; no frames"
    return Finding(said, "the answers of our own pages", not missing)


def strict(now: datetime) -> Finding:
    """That the site is asked for by https, and that browsers are told to keep to that."""
    if urlsplit(settings.PUBLIC_URL).scheme != "https":
        return Finding("The site’s address does not begin with https", "the address of the site", is_met=False)
    said = _ask(PAGES[0]).headers.get("Strict-Transport-Security", "")
    age = re.search(r"max-age=(\d+)", said)
    is_met = bool(age) and int(age[1]) >= A_YEAR if age else False
    value = "Browsers keep to https for two years" if is_met else "Browsers are not told to keep to https"
    return Finding(value, "the answer of our own page", is_met)


def trackers(now: datetime) -> Finding:
    """That no page has a browser load something from elsewhere."""
    own = urlsplit(settings.PUBLIC_URL).netloc
    found = {
        host
        for page in PAGES
        for _, host in FROM_ELSEWHERE.findall(_ask(page).body.decode(errors="replace"))
        if host != own
    }
    said = f"Loaded from {', '.join(sorted(found))}" if found else "Nothing is loaded from another host"
    return Finding(said, "the text of our own pages", not found)


def doors(now: datetime) -> Finding:
    """That a stranger is led to the sign-in wherever there are data."""
    answers = {name: _ask(name) for name in DOORS}
    login = reverse("account_login")
    open_ = [name for name, answer in answers.items() if not _leads_to(answer, login)]
    said = (
        f"Open: {', '.join(open_)}"
        if open_
        else f"{len(DOORS)} of {len(DOORS)} pages with data lead a stranger to the sign-in"
    )
    return Finding(said, "the answers to somebody who is not signed in", not open_)


def _ask(page: str) -> Answer:
    return http.look(settings.PUBLIC_URL + reverse(page))


def _leads_to(answer: Answer, path: str) -> bool:
    is_sent_on = answer.status in {HTTPStatus.FOUND, HTTPStatus.SEE_OTHER}
    return is_sent_on and urlsplit(answer.headers.get("Location", "")).path == path


def _missing(answer: Answer) -> list[str]:
    policy = answer.headers.get("Content-Security-Policy", "")
    is_closed = "unsafe" not in policy and all(part in policy for part in CLOSED)
    wrong = [name for name, value in EXPECTED.items() if answer.headers.get(name) != value]
    return wrong if is_closed else ["Content-Security-Policy", *wrong]
