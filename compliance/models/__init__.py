"""What is kept of deletions, of agreements, of who else handles data, and of the staff's access."""

from compliance.models.access import BreakGlass, GrantAccess, StaffAccessGrant
from compliance.models.agreements import Capacity, DpaDocument, DpaRequest, DpaTemplate, Law
from compliance.models.receipts import PurgeReceipt
from compliance.models.register import HostingStatement, Objection, SubProcessor

__all__ = [
    "BreakGlass",
    "Capacity",
    "DpaDocument",
    "DpaRequest",
    "DpaTemplate",
    "GrantAccess",
    "HostingStatement",
    "Law",
    "Objection",
    "PurgeReceipt",
    "StaffAccessGrant",
    "SubProcessor",
]
