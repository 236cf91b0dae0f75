"""What is kept of deletions, of agreements, and of who else handles data."""

from compliance.models.agreements import Capacity, DpaDocument, DpaRequest, DpaTemplate, Law
from compliance.models.receipts import PurgeReceipt
from compliance.models.register import HostingStatement, Objection, SubProcessor

__all__ = [
    "Capacity",
    "DpaDocument",
    "DpaRequest",
    "DpaTemplate",
    "HostingStatement",
    "Law",
    "Objection",
    "PurgeReceipt",
    "SubProcessor",
]
