"""Facts from outside: the sources, how they are read, the ledger they become, and what its rows count as."""

from datasources.models.bookings import (
    BOOKING_LOCK,
    Booked,
    BookedLine,
    Booking,
    DuplicateLink,
    NotDuplicate,
    Restatement,
    holding,
)
from datasources.models.decisions import Exclusion, Rebooking, family, left_out, roots
from datasources.models.details import (
    CustomerIdentity,
    Detail,
    PayoutPart,
    ProductIdentity,
    Reconciliation,
    Statement,
    StatementKind,
    Subscription,
    SubscriptionEvent,
)
from datasources.models.erased import VEIL, ErasedSubject
from datasources.models.grants import FILES, Credential, DataSource, OAuthState, Revocation, SourceKind
from datasources.models.health import ImportHealth
from datasources.models.hooks import Hook, HookEvent
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
from datasources.models.parts import Odd, odd_parts
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
    "ErasedSubject",
    "Exclusion",
    "Hook",
    "HookEvent",
    "ImportHealth",
    "ImportRun",
    "Kind",
    "Line",
    "NotDuplicate",
    "OAuthState",
    "Odd",
    "PayoutPart",
    "Product",
    "ProductIdentity",
    "Rate",
    "Rebooking",
    "Reconciliation",
    "RefusedRecord",
    "Restatement",
    "Revocation",
    "RunState",
    "SourceKind",
    "Statement",
    "StatementKind",
    "Status",
    "StreamState",
    "Subscription",
    "SubscriptionEvent",
    "Superseded",
    "Transaction",
    "Upload",
    "UploadState",
    "VEIL",
    "WindowKind",
    "coverage",
    "family",
    "holding",
    "left_out",
    "odd_parts",
    "roots",
]
