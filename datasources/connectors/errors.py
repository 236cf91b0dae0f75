"""What can go wrong with a provider, by consequence. Each text is a sentence for the merchant and holds no secret."""

from putler.kernel.errors import PutlerError


class ConnectorError(PutlerError):
    """A provider did not give what was asked."""


class Transient(ConnectorError):
    """A later try may succeed. `retry_after`: seconds that the provider asked to wait, or None."""

    def __init__(self, text: str, *, retry_after: float | None = None) -> None:
        super().__init__(text)
        self.retry_after = retry_after


class Throttled(Transient):
    """We ask too fast, with whichever list of the source: all of them shall wait."""


class NeedsReconnect(ConnectorError):
    """The provider no longer lets us in; only the merchant can change that."""


class Rejected(ConnectorError):
    """The provider understood and refused; asking the same again is useless. `status`: of its answer."""

    def __init__(self, text: str, *, status: int) -> None:
        super().__init__(text)
        self.status = status
