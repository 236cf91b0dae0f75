"""What is kept of deletions, and of the staff's access."""

from compliance.models.access import BreakGlass, GrantAccess, StaffAccessGrant
from compliance.models.receipts import PurgeReceipt

__all__ = ["BreakGlass", "GrantAccess", "PurgeReceipt", "StaffAccessGrant"]
