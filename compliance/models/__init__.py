"""What is kept of deletions, agreements, who else handles data, accounts that end, and promises made in public."""

from compliance.models.agreements import Capacity, DpaDocument, DpaRequest, DpaTemplate, Law
from compliance.models.endings import Ending
from compliance.models.evidence import Evidence
from compliance.models.receipts import PurgeReceipt
from compliance.models.register import HostingStatement, Objection, SubProcessor

__all__ = [
    "Capacity",
    "DpaDocument",
    "DpaRequest",
    "DpaTemplate",
    "Ending",
    "Evidence",
    "HostingStatement",
    "Law",
    "Objection",
    "PurgeReceipt",
    "SubProcessor",
]
