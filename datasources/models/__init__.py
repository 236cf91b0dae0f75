"""Facts from outside: the sources, how they are read, the ledger they become, and what its rows count as."""

from datasources.models.bookings import BOOKING_LOCK, Booked, BookedLine, Booking, DuplicateLink, Restatement, holding
from datasources.models.details import (
    CustomerIdentity,
    Detail,
    ProductIdentity,
    Statement,
    Subscription,
    SubscriptionEvent,
)
from datasources.models.grants import FILES, Credential, DataSource, OAuthState, SourceKind
from datasources.models.imports import (
    ChangedHour,
    Coverage,
    ImportRun,
    RefusedRecord,
    RunState,
    StreamState,
    Upload,
    UploadState,
    WindowKind,
    coverage,
)
from datasources.models.ledger import Customer, Kind, Line, Product, Status, Superseded, Transaction
from datasources.models.rates import Rate

__all__ = [
    "BOOKING_LOCK",
    "FILES",
    "Booked",
    "BookedLine",
    "Booking",
    "ChangedHour",
    "Coverage",
    "Credential",
    "Customer",
    "CustomerIdentity",
    "DataSource",
    "Detail",
    "DuplicateLink",
    "ImportRun",
    "Kind",
    "Line",
    "OAuthState",
    "Product",
    "ProductIdentity",
    "Rate",
    "RefusedRecord",
    "Restatement",
    "RunState",
    "SourceKind",
    "Statement",
    "Status",
    "StreamState",
    "Subscription",
    "SubscriptionEvent",
    "Superseded",
    "Transaction",
    "Upload",
    "UploadState",
    "WindowKind",
    "coverage",
    "holding",
]
