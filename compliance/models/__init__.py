"""What is kept of deletions."""

from compliance.models.receipts import PurgeReceipt

__all__ = ["PurgeReceipt"]
