"""What the settings refuse, and what a mode decides."""

import runpy
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

SETTINGS = str(Path(__file__).resolve().parents[2] / "putler" / "settings.py")
PRODUCTION = {
    "PUTLER_MODE": "production",
    "PUBLIC_URL": "https://putler.example.com",
    "SECRET_KEY": "s" * 50,
    "PUTLER_KEYS": "k1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    "ERASURE_KEY": "e" * 50,
    "EMAIL_URL": "smtp://putler:s%40cret@mail.example.com?tls=starttls",
    "DATABASE_URL": "postgresql://putler_app:secret@db.example.com:5433/putler?sslmode=verify-full",
}


def settings(monkeypatch: pytest.MonkeyPatch, **changes: str) -> dict[str, Any]:
    """Read the settings as of a production environment with the changes; an empty variable counts as unset."""
    monkeypatch.delenv("DATABASE_OWNER_URL", raising=False)
    for name, value in (PRODUCTION | changes).items():
        monkeypatch.setenv(name, value)
    return runpy.run_path(SETTINGS)


@pytest.mark.rule("X11")
@pytest.mark.rule("H6")
@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("PUTLER_MODE", "", "PUTLER_MODE is not set"),
        ("PUTLER_MODE", "staging", "must be one of: local, production"),
        ("SECRET_KEY", "", "SECRET_KEY is not set"),
        ("SECRET_KEY", "short", "SECRET_KEY must be random"),
        ("SECRET_KEY", "django-insecure-" + "s" * 50, "SECRET_KEY must be random"),
        ("PUTLER_KEYS", "", "PUTLER_KEYS is not set"),
        ("ERASURE_KEY", "", "ERASURE_KEY is not set"),
        ("ERASURE_KEY", "short", "ERASURE_KEY must be random"),
        ("DATABASE_URL", "", "DATABASE_URL is not set"),
        ("DATABASE_URL", "putler", "DATABASE_URL is no URL"),
        ("DATABASE_URL", "postgresql://db.example.com/putler?sslmode=require", "DATABASE_URL leads to another machine"),
        ("DATABASE_OWNER_URL", "postgresql://10.0.0.5/putler", "DATABASE_OWNER_URL leads to another machine"),
        ("TLS_CERTIFICATE", "/a.pem", "TLS_CERTIFICATE and TLS_KEY belong together"),
        ("PUBLIC_URL", "", "PUBLIC_URL is not set"),
        ("PUBLIC_URL", "http://putler.example.com", "PUBLIC_URL must begin with https"),
        ("ALLOWED_HOSTS", "*", "a wildcard is refused"),
        ("ALLOWED_HOSTS", "putler.example.com, .example.com", "a wildcard is refused"),
        ("DEBUG", "1", "DEBUG shows the inside"),
        ("DEBUG", "perhaps", "DEBUG is 'perhaps'; it must be 1 or 0"),
        ("WORKERS", "many", "WORKERS is 'many'; it must be a whole number"),
        ("EMAIL_URL", "", "EMAIL_URL is not set"),
        ("EMAIL_URL", "mail.example.com", "EMAIL_URL is no URL"),
        ("EMAIL_URL", "smtp://mail.example.com?tls=maybe", "EMAIL_URL is no URL"),
        ("EMAIL_URL", "smtp://mail.example.com:mail", "EMAIL_URL is no URL"),
        ("EMAIL_URL", "smtps://mail.example.com?tls=starttls", "EMAIL_URL is no URL"),
        ("EMAIL_URL", "smtp://user:password@mail.example.com", "EMAIL_URL must use TLS"),
        ("PROVIDER_STRIPE_API_URL", "http://api.stripe.com", "addresses of PROVIDER_STRIPE must begin with https"),
        ("PROVIDER_STRIPE_AUTH_URL", "http://127.0.0.1:9", "addresses of PROVIDER_STRIPE must begin with https"),
        ("PROVIDER_STRIPE_CLIENT_ID", "ca_1", "PROVIDER_STRIPE_CLIENT_ID and PROVIDER_STRIPE_CLIENT_SECRET"),
        ("PROVIDER_STRIPE_CLIENT_SECRET", "sk_1", "PROVIDER_STRIPE_CLIENT_ID and PROVIDER_STRIPE_CLIENT_SECRET"),
        ("PROVIDER_STRIPE_DEV_HOSTS", "127.0.0.1:8001", "PROVIDER_STRIPE_DEV_HOSTS is for local mode"),
        ("SANDBOX_URL", "https://sandbox.example.com", "SANDBOX_URL is for local mode"),
    ],
)
def test_production_refuses(monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=sentence.replace(".", r"\.")):
        settings(monkeypatch, **{name: value})


def test_all_refusals_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ImproperlyConfigured, match="DEBUG.*SECRET_KEY"):
        settings(monkeypatch, DEBUG="1", SECRET_KEY="short")


@pytest.mark.rule("X1")
def test_production_cookies_and_redirects_are_for_https_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    read = settings(monkeypatch)

    assert read["SESSION_COOKIE_NAME"] == "__Host-session"
    assert read["SESSION_COOKIE_SECURE"]
    assert read["CSRF_COOKIE_SECURE"]
    assert read["SECURE_SSL_REDIRECT"]
    assert read["SECURE_HSTS_SECONDS"] == 63_072_000


def test_the_database_url_becomes_djangos_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    database = settings(monkeypatch)["DATABASES"]["default"]

    expected = {"NAME": "putler", "USER": "putler_app", "PASSWORD": "secret", "HOST": "db.example.com", "PORT": "5433"}
    assert expected.items() <= database.items()
    assert database["OPTIONS"] == {"sslmode": "verify-full"}


@pytest.mark.parametrize(
    ("url", "server"),
    [
        (PRODUCTION["EMAIL_URL"], ("mail.example.com", 587, "putler", "s@cret", "starttls")),
        ("smtps://mail.example.com", ("mail.example.com", 465, "", "", "tls")),
        ("smtp://127.0.0.1:2525", ("127.0.0.1", 2525, "", "", "")),
        ("smtp://localhost", ("localhost", 25, "", "", "")),
    ],
)
def test_the_mail_url_names_the_server(monkeypatch: pytest.MonkeyPatch, url: str, server: tuple[object, ...]) -> None:
    assert settings(monkeypatch, EMAIL_URL=url)["EMAIL_SERVER"] == server


def test_a_refused_mail_url_does_not_repeat_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ImproperlyConfigured) as refused:
        settings(monkeypatch, EMAIL_URL="smtp://putler:hunter2hunter2@mail.example.com")

    assert "hunter2" not in str(refused.value)


def test_the_owner_is_a_connection_only_where_its_url_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    assert list(settings(monkeypatch)["DATABASES"]) == ["default"]
    assert list(settings(monkeypatch, DATABASE_OWNER_URL=PRODUCTION["DATABASE_URL"])["DATABASES"]) == [
        "default",
        "owner",
    ]


def test_local_mode_answers_this_machine_over_plain_http(monkeypatch: pytest.MonkeyPatch) -> None:
    read = settings(monkeypatch, PUTLER_MODE="local", PUBLIC_URL="", SECRET_KEY="short")

    assert read["ALLOWED_HOSTS"] == ["127.0.0.1", "127.0.0.1", "localhost", "[::1]"]
    assert not read["SESSION_COOKIE_SECURE"]


def test_a_forwarded_protocol_is_believed_only_from_a_proxy_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings(monkeypatch)["SECURE_PROXY_SSL_HEADER"] is None
    assert settings(monkeypatch, TRUSTED_PROXIES="1")["SECURE_PROXY_SSL_HEADER"]
