"""What is kept of deletions, requests, agreements, sub-processors, the staff’s access, endings, promises in public."""

from compliance.models.access import BreakGlass, GrantAccess, StaffAccessGrant
from compliance.models.agreements import Capacity, DpaDocument, DpaRequest, DpaTemplate, Law
from compliance.models.endings import Ending
from compliance.models.evidence import Evidence
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
    "Ending",
    "Evidence",
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
