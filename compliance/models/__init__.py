"""What is kept of deletions, of accounts that end, and of the promises that are made in public."""

from compliance.models.endings import Ending
from compliance.models.evidence import Evidence
from compliance.models.receipts import PurgeReceipt

__all__ = ["Ending", "Evidence", "PurgeReceipt"]
