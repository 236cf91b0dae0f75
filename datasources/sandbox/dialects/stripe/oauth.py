"""Stripe Connect's consent: the page, the code, the tokens. Source: https://docs.stripe.com/connect/oauth-reference"""

import html
import ipaddress
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Final
from urllib.parse import urlencode, urlsplit

from ...wire import Answer, Request, told
from .tokens import Client, Tokens

PAGES: Final = Path(__file__).resolve().parents[2] / "pages"
POLICY: Final = (
    "default-src 'none'; style-src 'self'; form-action 'self'{origin}; base-uri 'none'; frame-ancestors 'none'"
)
SCOPES: Final = ("read_only", "read_write")
SCOPE: Final = "read_only"


class OAuth:
    """The three addresses below `/oauth/`."""

    def __init__(self, client: Client, tokens: Tokens, *, account: str, prefix: str, shop: str) -> None:
        """Speak for the shop of that account; pages are served below the prefix."""
        self.client, self.tokens = client, tokens
        self._account, self._prefix, self._shop = account, prefix, shop

    def handle(self, request: Request) -> Answer | None:
        """Answer what belongs to the consent; None for other addresses."""
        routes = {
            ("GET", "/oauth/authorize"): self._ask,
            ("POST", "/oauth/authorize"): self._decide,
            ("POST", "/oauth/token"): self._token,
            ("POST", "/oauth/deauthorize"): self._deauthorize,
            ("GET", "/consent.css"): self._style,
        }
        route = routes.get((request.method, request.path))
        return route(request) if route else None

    def _ask(self, request: Request) -> Answer:
        """Show who asks for what."""
        asked = dict(request.asked())
        if problem := self._problem(asked):
            return self._page("refused.html", {"problem": problem}, status=400)
        values = {name: asked.get(name, "") for name in ("client_id", "redirect_uri", "state")}
        target = urlsplit(values["redirect_uri"])
        return self._page(
            "consent.html", {**values, "host": target.netloc}, origin=f"{target.scheme}://{target.netloc}"
        )

    def _decide(self, request: Request) -> Answer:
        """Send the merchant back with a code, or with a refusal."""
        form = request.form()
        if problem := self._problem(form | {"response_type": "code"}):
            return self._page("refused.html", {"problem": problem}, status=400)
        if form.get("decision") == "allow":
            result = {"scope": SCOPE, "code": self.tokens.code()}
        else:
            result = {"error": "access_denied", "error_description": "The user denied your request"}
        if form.get("state"):
            result["state"] = form["state"]
        joint = "&" if urlsplit(form["redirect_uri"]).query else "?"
        return Answer(302, headers={"Location": f"{form['redirect_uri']}{joint}{urlencode(result)}"})

    def _problem(self, asked: Mapping[str, str]) -> str | None:
        """Say why a merchant cannot be asked."""
        if asked.get("client_id") != self.client.identifier:
            return "No application matches the supplied client identifier."
        if not is_loopback(asked.get("redirect_uri", "")):
            return "The address to return to must be on this machine: the sandbox sends nobody elsewhere."
        if asked.get("response_type") != "code":
            return "The response type must be “code”."
        return None if asked.get("scope", SCOPE) in SCOPES else "The scope must be “read_only”."

    def _token(self, request: Request) -> Answer:
        """Give tokens for a code or for a refresh token."""
        form = request.form()
        if self.client.secret not in (form.get("client_secret"), request.key()):
            return _refused("invalid_client", "No such API key provided.", status=401)
        if form.get("grant_type") == "authorization_code":
            grant, problem = self.tokens.redeem(form.get("code", "")), "Authorization code does not exist or was used"
        elif form.get("grant_type") == "refresh_token":
            grant, problem = self.tokens.refresh(form.get("refresh_token", "")), "Refresh token does not exist"
        else:
            return _refused("unsupported_grant_type", "grant_type must be authorization_code or refresh_token")
        if grant is None:
            return _refused("invalid_grant", problem)
        access, refresh = self.tokens.pair(grant)
        rest = {"livemode": False, "scope": SCOPE, "stripe_user_id": self._account, "token_type": "bearer"}
        return told({"access_token": access, "refresh_token": refresh, **rest})

    def _deauthorize(self, request: Request) -> Answer:
        """End all access of the application."""
        form = request.form()
        if self.client.secret not in (form.get("client_secret"), request.key()):
            return _refused("invalid_client", "No such API key provided.", status=401)
        if form.get("client_id") != self.client.identifier or form.get("stripe_user_id") != self._account:
            return _refused("invalid_client", "This application is not connected to that account.", status=401)
        self.tokens.end_all()
        return told({"stripe_user_id": self._account})

    def _style(self, _: Request) -> Answer:
        return Answer(200, (PAGES / "consent.css").read_bytes(), "text/css; charset=utf-8")

    def _page(self, name: str, values: Mapping[str, str], *, status: int = 200, origin: str = "") -> Answer:
        """Fill in a page; every value is escaped."""
        known = {"prefix": self._prefix, "shop": self._shop, **values}
        text = Template((PAGES / name).read_text()).substitute({key: html.escape(one) for key, one in known.items()})
        headers = {
            "Content-Security-Policy": POLICY.format(origin=f" {origin}" if origin else ""),
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        }
        return Answer(status, text.encode(), "text/html; charset=utf-8", headers)


def is_loopback(address: str) -> bool:
    """Say whether an address is on this machine."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or parts.username or any(sign in address for sign in " ;'\"\r\n"):
        return False
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _refused(error: str, description: str, *, status: int = 400) -> Answer:
    return told({"error": error, "error_description": description}, status=status)
