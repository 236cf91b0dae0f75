"""The road from a provider to the ledger, over real HTTP to the sandbox."""
