"""What is kept of deletions, agreements, sub-processors, the staff’s access, endings, and promises made in public."""

from compliance.models.access import BreakGlass, GrantAccess, StaffAccessGrant
from compliance.models.agreements import Capacity, DpaDocument, DpaRequest, DpaTemplate, Law
from compliance.models.endings import Ending
from compliance.models.evidence import Evidence
from compliance.models.receipts import PurgeReceipt
from compliance.models.register import HostingStatement, Objection, SubProcessor

__all__ = [
    "BreakGlass",
    "Capacity",
    "DpaDocument",
    "DpaRequest",
    "DpaTemplate",
    "Ending",
    "Evidence",
    "GrantAccess",
    "HostingStatement",
    "Law",
    "Objection",
    "PurgeReceipt",
    "StaffAccessGrant",
    "SubProcessor",
]
