"""What is kept of deletions, and of what people ask for."""

from compliance.models.receipts import PurgeReceipt
from compliance.models.requests import BACKUPS_LAPSE, DOWNLOADS, ErasureRequest, ExportRequest, JournalEntry

__all__ = ["BACKUPS_LAPSE", "DOWNLOADS", "ErasureRequest", "ExportRequest", "JournalEntry", "PurgeReceipt"]
