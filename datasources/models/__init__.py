"""Facts from outside: the sources, the files, the ledger they become, and what its rows count as."""

from datasources.models.bookings import Booked, Booking, DuplicateLink
from datasources.models.grants import DataSource, SourceKind
from datasources.models.imports import ChangedHour, RefusedRecord, Upload, UploadState
from datasources.models.ledger import Customer, Kind, Line, Product, Status, Superseded, Transaction
from datasources.models.rates import Rate

__all__ = [
    "Booked",
    "Booking",
    "ChangedHour",
    "Customer",
    "DataSource",
    "DuplicateLink",
    "Kind",
    "Line",
    "Product",
    "Rate",
    "RefusedRecord",
    "SourceKind",
    "Status",
    "Superseded",
    "Transaction",
    "Upload",
    "UploadState",
]
