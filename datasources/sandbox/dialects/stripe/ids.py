"""Stripe's identifiers: a prefix and letters that follow from the seed, so that a restart gives the same ones."""

import hashlib
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class Ids:
    """Names for facts, the same for the same seed."""

    def __init__(self, seed: str) -> None:
        """Name after a seed."""
        self._seed = seed
        self.account = self.of("acct", 1)

    def of(self, prefix: str, number: int | str, *, length: int = 24) -> str:
        """Return `prefix_…` for the fact of that number; different prefixes share nothing."""
        digest = hashlib.blake2b(f"{self._seed} {prefix} {number}".encode(), digest_size=24).digest()
        value, letters = int.from_bytes(digest), []
        for _ in range(length):
            value, rest = divmod(value, len(ALPHABET))
            letters.append(ALPHABET[rest])
        return f"{prefix}_{''.join(letters)}"
