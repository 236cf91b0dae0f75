"""What is kept of deletions, of agreements, of who else handles data, of the staff's access, of what people ask for."""

from compliance.models.access import BreakGlass, GrantAccess, StaffAccessGrant
from compliance.models.agreements import Capacity, DpaDocument, DpaRequest, DpaTemplate, Law
from compliance.models.receipts import PurgeReceipt
from compliance.models.register import HostingStatement, Objection, SubProcessor
from compliance.models.requests import BACKUPS_LAPSE, DOWNLOADS, ErasureRequest, ExportRequest, JournalEntry

__all__ = [
    "BACKUPS_LAPSE",
    "BreakGlass",
    "Capacity",
    "DOWNLOADS",
    "DpaDocument",
    "DpaRequest",
    "DpaTemplate",
    "ErasureRequest",
    "ExportRequest",
    "GrantAccess",
    "HostingStatement",
    "JournalEntry",
    "Law",
    "Objection",
    "PurgeReceipt",
    "StaffAccessGrant",
    "SubProcessor",
]
