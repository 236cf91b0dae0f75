"""What is read of merchants' sources: only what their connectors declare, by rights that only read."""

from datetime import datetime

from compliance.evidence.base import Finding
from datasources.connectors import registry


def fields(now: datetime) -> Finding:
    """That each list says which fields are read of it, and why."""
    streams = [stream for connector in registry.CONNECTORS.values() for stream in connector.streams]
    mute = [stream.label for stream in streams if not stream.fields or not stream.purpose]
    said = f"{sum(len(stream.fields) for stream in streams)} named fields in {len(streams)} lists; nothing else"
    value = f"Without a reason: {', '.join(mute)}" if mute else said
    return Finding(value, "the connectors, which decode nothing that they do not name", bool(streams) and not mute)


def rights(now: datetime) -> Finding:
    """That no right is asked for that allows more than reading, unless the merchant is told why."""
    scopes = [scope for connector in registry.CONNECTORS.values() for scope in connector.oauth.scopes]
    wide = [scope.name for scope in scopes if scope.because]
    mute = [scope.name for scope in scopes if not scope.means]
    said = f"{len(scopes)} rights, each with its sentence; " + (
        f"{len(wide)} wider, with the reason" if wide else "none writes"
    )
    value = f"Not explained: {', '.join(mute)}" if mute else said
    return Finding(value, "the rights that connectors ask for", bool(scopes) and not mute)
