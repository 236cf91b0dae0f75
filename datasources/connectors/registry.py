"""All providers that can be connected, by the word that names them in addresses and settings."""

from collections.abc import Mapping

from datasources.connectors.streams import Connector
from datasources.connectors.stripe import Stripe

_ALL: tuple[Connector, ...] = (Stripe(),)
CONNECTORS: Mapping[str, Connector] = {connector.slug: connector for connector in _ALL}
