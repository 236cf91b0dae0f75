"""The recorded answers of providers, by stream; SOURCES.md beside them says where they come from."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from datasources.connectors.base import Draft
from datasources.connectors.registry import CONNECTORS
from datasources.connectors.streams import Connector, Stream

FIXTURES = Path(__file__).parent / "fixtures"


def records(connector: Connector, stream: Stream) -> list[dict[str, Any]]:
    """All recordings of a stream; a file holds one or a list of them."""
    found: list[dict[str, Any]] = []
    for path in sorted((FIXTURES / connector.slug / stream.name).glob("*.json")):
        content = json.loads(path.read_text())
        found += content if isinstance(content, list) else [content]
    return found


def stream(connector: Connector, name: str) -> Stream:
    """The stream of that name."""
    return next(each for each in connector.streams if each.name == name)


def drafts(slug: str, name: str, record: dict[str, Any]) -> list[Draft]:
    """What a connector makes of one record."""
    connector = CONNECTORS[slug]
    its = stream(connector, name)
    return list(connector.normalise(decoded(its, record), its))


def decoded(stream: Stream, record: dict[str, Any]) -> Any:
    """The record as it is read from JSON."""
    return msgspec.json.decode(msgspec.json.encode(record), type=stream.record)


def stripe(name: str, external_id: str) -> dict[str, Any]:
    """A recording of Stripe's, by its stream and id."""
    connector = CONNECTORS["stripe"]
    return next(record for record in records(connector, stream(connector, name)) if record["id"] == external_id)


def paths(value: Any, prefix: str = "") -> Iterator[str]:
    """The names of all that a record holds, nested ones with dots; lists are looked through."""
    if isinstance(value, list):
        for item in value:
            yield from paths(item, prefix)
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield prefix + name
            yield from paths(inner, f"{prefix}{name}.")


def without(value: Any, path: str) -> Any:
    """The record without one of its names."""
    return kept(value, lambda name: name != path)


def kept(value: Any, wanted: Any, prefix: str = "") -> Any:
    """The record with those of its names that are wanted."""
    if isinstance(value, list):
        return [kept(item, wanted, prefix) for item in value]
    if not isinstance(value, dict):
        return value
    return {name: kept(inner, wanted, f"{prefix}{name}.") for name, inner in value.items() if wanted(f"{prefix}{name}")}
