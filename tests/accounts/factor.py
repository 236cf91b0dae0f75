"""People with a second factor, as they stand before the site."""

import re
from base64 import b32decode
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.oath import hotp

from accounts import second_factor
from accounts.devices import STEP, AuthenticatorApp
from accounts.models import User

PASSWORD = "correct horse battery"
WRONG = "000000"


class Phone:
    """An authenticator app: what it shows, now or some steps from now, for a key that was typed into it."""

    def __init__(self, key: str) -> None:
        self.secret = b32decode(key.replace(" ", ""))

    def shows(self, later: int = 0) -> str:
        """The six digits of this step, or of one so many steps later."""
        return f"{hotp(self.secret, int(timezone.now().timestamp()) // STEP + later):06}"


class Person:
    """Somebody with a password, in a browser."""

    def __init__(self, name: str, **fields: Any) -> None:
        self.user = User.objects.create_user(f"{name}@example.com", name=name, password=PASSWORD, **fields)
        self.client = Client()
        self.phone = Phone("")

    def signs_in(self, password: str = PASSWORD, client: Client | None = None, **more: str) -> tuple[int, str]:
        """Send the password; answers the status, and where to."""
        form = {"login": self.user.email, "password": password} | more
        answer = (client or self.client).post("/login/", form)
        return answer.status_code, answer.headers.get("Location", "")

    def types(self, code: str, client: Client | None = None) -> tuple[int, str]:
        """Send a code in the second step; answers the status, and where to or the page."""
        answer = (client or self.client).post("/2fa/", {"code": code})
        return answer.status_code, answer.headers.get("Location") or answer.content.decode()

    def adds_app(self) -> list[str]:
        """Turn the second factor on by hand, signed in; answers the recovery codes that are shown."""
        self.client.post("/settings/security/app/begin/")
        page = self.client.get("/settings/security/app/").content.decode()
        self.phone = Phone(re.findall(r'key-text">([A-Z2-7 ]+)<', page)[0])
        page = self.client.post("/settings/security/app/", {"code": self.phone.shows()}).content.decode()
        self.forgets_the_step()
        return re.findall(r"<code>([A-Z2-7-]{27})</code>", page)

    def has_app(self) -> list[str]:
        """Have a second factor from before; answers the recovery codes."""
        app = second_factor.begin(self.user)
        AuthenticatorApp.objects.filter(pk=app.pk).update(confirmed=True)
        self.phone = Phone(app.key)
        return second_factor._new_codes(self.user)

    def forgets_the_step(self) -> None:
        """Let the present code be good once more, as if half a minute had passed."""
        AuthenticatorApp.objects.filter(user=self.user).update(last_step=-1)

    def is_in(self, client: Client | None = None) -> bool:
        """Whether this browser is signed in, by a page for whoever is."""
        return (client or self.client).get("/settings/sessions/").status_code == 200

    def elsewhere(self) -> Client:
        """Give another browser that is signed in."""
        client = Client(
            headers={"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
        )
        self.signs_in(client=client)
        if AuthenticatorApp.objects.filter(user=self.user, confirmed=True).exists():
            self.forgets_the_step()
            self.types(self.phone.shows(), client=client)
            self.forgets_the_step()
        return client


class Factors:
    """Signs people in as if they had just shown their second factor."""

    def show(self, client: Client, user: User) -> None:
        """Be signed in as this person from now on."""
        app = second_factor.begin(user)
        AuthenticatorApp.objects.filter(pk=app.pk).update(confirmed=True)
        client.force_login(user)
        session = client.session
        session[DEVICE_ID_SESSION_KEY] = app.persistent_id
        session.save()


@pytest.fixture
def factors() -> Factors:
    return Factors()
