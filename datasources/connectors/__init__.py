"""How providers are read: pure translations from what they send to drafts of ledger rows."""
