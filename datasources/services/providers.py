"""The providers as they are set up here: addresses and our registration are settings, all else is the connector's."""

import time
from collections.abc import Callable
from typing import NamedTuple

from django.conf import settings

from datasources.connectors.http import Http
from datasources.connectors.registry import CONNECTORS
from datasources.connectors.streams import Connector
from datasources.models import Credential
from putler import sealing


class Provider(NamedTuple):
    """A connector with its addresses and our registration there."""

    connector: Connector
    api_url: str
    auth_url: str
    client_id: str
    client_secret: str

    @property
    def asks_consent(self) -> bool:
        """Whether we are registered, so that merchants can consent there; otherwise they enter a key."""
        return bool(self.client_id)

    @property
    def is_sandbox(self) -> bool:
        """Whether our own sandbox stands in for it."""
        return bool(settings.SANDBOX_URL) and self.api_url.startswith(settings.SANDBOX_URL)

    @property
    def per_second(self) -> int:
        """Requests a second that one source may send."""
        return settings.PACES[self.connector.slug] or self.connector.per_second

    def url(self, template: str) -> str:
        """An address of the connector, made whole."""
        return template.format(auth=self.auth_url, api=self.api_url)

    def http(self, secret: str, *, sleep: Callable[[float], None] = time.sleep) -> Http:
        """A way to ask it on behalf of the merchant who gave this secret."""
        headers = self.connector.headers(secret)
        return Http(self.api_url, headers=headers, explain=self.connector.explain, sleep=sleep)


def provider(slug: str) -> Provider:
    """One provider. Raises KeyError for a slug that is none."""
    connector, own = CONNECTORS[slug], settings.PROVIDERS[slug]
    return Provider(
        connector,
        own["API_URL"] or connector.api_url,
        own["AUTH_URL"] or connector.auth_url,
        own["CLIENT_ID"],
        own["CLIENT_SECRET"],
    )


def unseal(credential: Credential) -> str:
    """The secret again. Raises SealError where the value was sealed for another place."""
    return sealing.opened(credential, "sealed")
