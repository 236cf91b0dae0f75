"""What every connector promises, whatever its provider: held against its declaration and its recordings."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from datasources.connectors.base import Draft
from datasources.connectors.registry import CONNECTORS
from datasources.connectors.streams import Connector, Stream
from tests.datasources.connectors.recordings import decoded, kept, paths, records, without

EACH = pytest.mark.parametrize("connector", CONNECTORS.values(), ids=CONNECTORS.keys())
EACH_STREAM = pytest.mark.parametrize(
    ("connector", "stream"),
    [
        pytest.param(connector, stream, id=f"{slug} {stream.name}")
        for slug, connector in CONNECTORS.items()
        for stream in connector.streams
    ],
)
UNUSED = {
    "lines.has_more",  # read to walk a list, and no part of what a record says
    "data.object.items.data.price.product",  # an event's subscription is read as a listed one, whose product is used
    "data.object.items.data.plan.product",
    "payout_parts: fee",  # the movement that was recorded has none,
    "payout_parts: reporting_category",  # and its type says the same
}


def outcome(connector: Connector, stream: Stream, record: dict[str, Any]) -> object:
    """All that is made of a record, and None where it cannot be read."""
    try:
        read = decoded(stream, record)
    except msgspec.ValidationError:
        return None
    return list(connector.normalise(read, stream)), connector.is_live(read), connector.made_at(read)


def all_drafts(connector: Connector, stream: Stream) -> list[Draft]:
    """What is made of all recordings of a stream."""
    read = [decoded(stream, record) for record in records(connector, stream)]
    return [draft for record in read for draft in connector.normalise(record, stream)]


@EACH_STREAM
def test_nothing_but_the_declared_fields_is_read(connector: Connector, stream: Stream) -> None:
    declared = {path for field in stream.fields for path in _with_parents(field)}
    for record in records(connector, stream):
        bare = kept(record, lambda name: name in declared or name.removesuffix(".id") in stream.fields)
        assert outcome(connector, stream, bare) == outcome(connector, stream, record)


@EACH_STREAM
def test_every_declared_field_is_read(connector: Connector, stream: Stream) -> None:
    told = records(connector, stream)
    before = [outcome(connector, stream, record) for record in told]
    for field in stream.fields:
        changed = [outcome(connector, stream, without(record, field)) for record in told]
        assert changed != before or {field, f"{stream.name}: {field}"} & UNUSED, field


@EACH_STREAM
def test_every_declared_field_stands_in_a_recording(connector: Connector, stream: Stream) -> None:
    told = {path for record in records(connector, stream) for path in paths(record)}
    assert set(stream.fields) <= told


@EACH_STREAM
def test_every_recording_can_be_read(connector: Connector, stream: Stream) -> None:
    assert all(outcome(connector, stream, record) is not None for record in records(connector, stream))


@EACH_STREAM
def test_drafts_are_the_same_each_time(connector: Connector, stream: Stream) -> None:
    assert all_drafts(connector, stream) == all_drafts(connector, stream)


@EACH_STREAM
def test_instants_are_utc(connector: Connector, stream: Stream) -> None:
    found = [connector.made_at(decoded(stream, record)) for record in records(connector, stream)]
    found += [draft.occurred_at for draft in all_drafts(connector, stream) if hasattr(draft, "occurred_at")]
    found += [draft.effective_at for draft in all_drafts(connector, stream) if hasattr(draft, "effective_at")]
    assert found
    assert all(instant.utcoffset() == timedelta(0) for instant in found)


@EACH_STREAM
def test_every_stream_is_explained(connector: Connector, stream: Stream) -> None:
    assert stream.label
    assert stream.purpose.startswith("to ")
    assert stream.path.startswith("/")


@EACH
def test_streams_have_names_of_their_own(connector: Connector) -> None:
    names = [stream.name for stream in connector.streams]
    assert len(set(names)) == len(names)


@EACH
def test_every_right_is_one_to_read_and_explained(connector: Connector) -> None:
    for scope in connector.oauth.scopes:
        assert "read" in scope.name
        assert "write" not in scope.name
        assert scope.means.endswith(".")


@EACH
def test_keys_are_explained_and_told_apart(connector: Connector) -> None:
    form = connector.key_form
    assert form.label
    assert form.help.endswith(".")
    assert form.prefixes
    assert not set(form.prefixes) & set(form.test_prefixes)


@EACH
def test_what_is_never_read_is_said(connector: Connector) -> None:
    assert connector.history.endswith(".")
    assert connector.never_read
    assert all(sentence.endswith(".") for sentence in connector.never_read)


@EACH
def test_addresses_can_be_replaced(connector: Connector) -> None:
    oauth = connector.oauth
    for address in (oauth.authorize, oauth.token, oauth.revoke):
        assert address.startswith(("{auth}/", "{api}/"))
    assert connector.api_url.startswith("https://")
    assert connector.auth_url.startswith("https://")


@EACH
def test_the_secret_stands_in_the_headers_alone(connector: Connector) -> None:
    assert "rk_secret" in "".join(connector.headers("rk_secret").values())


def _with_parents(field: str) -> list[str]:
    parts = field.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts) + 1)]
