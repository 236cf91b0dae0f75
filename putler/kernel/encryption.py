"""Sealed values: AES-256-GCM bound to a purpose, an account and a row, so that a value copied elsewhere does not open.

A sealed value reads `v1.<key id>.<nonce>.<ciphertext and tag>`, the last two in URL-safe base64.
"""

import os
from base64 import b64decode, urlsafe_b64encode
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from putler.kernel.errors import PutlerError

VERSION = "v1"
_NONCE_BYTES = 12


class SealError(PutlerError):
    """A value that does not open here: another key, purpose, account or row, or a changed byte."""


@dataclass(frozen=True)
class Keyring:
    """Named 256-bit keys; the first seals, all of them open."""

    keys: dict[str, bytes] = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> "Keyring":
        """From `k2:<base64>,k1:<base64>`, newest first. Raises SealError for anything else."""
        try:
            named = [
                (name, b64decode(key, validate=True)) for name, key in (part.split(":") for part in text.split(","))
            ]
        except ValueError as error:
            raise SealError("Encryption keys are written as name:base64, separated by commas.") from error
        keys = dict(named)
        if len(keys) < len(named):
            raise SealError("Two encryption keys have the same name.")
        if any(len(key) != 32 or not name.isalnum() for name, key in keys.items()):
            raise SealError("An encryption key is 32 bytes and has an alphanumeric name.")
        return cls(keys)

    def seal(self, plain: str, *, purpose: str, account_id: int, row: str) -> str:
        """Encrypt `plain` for one row (`row`: its public id) of one account and purpose."""
        key_id, key = next(iter(self.keys.items()))
        nonce = os.urandom(_NONCE_BYTES)
        sealed = AESGCM(key).encrypt(nonce, plain.encode(), _context(key_id, purpose, account_id, row))
        return ".".join((VERSION, key_id, _text(nonce), _text(sealed)))

    def unseal(self, sealed: str, *, purpose: str, account_id: int, row: str) -> str:
        """The plain text again. Raises SealError when the value was not sealed for exactly this place."""
        try:
            version, key_id, nonce, body = sealed.split(".")
            if version != VERSION:
                raise SealError("This sealed value has an unknown version.")
            cipher = AESGCM(self.keys[key_id])
            context = _context(key_id, purpose, account_id, row)
            return cipher.decrypt(_raw(nonce), _raw(body), context).decode()
        except (ValueError, KeyError, InvalidTag) as error:
            raise SealError("This sealed value does not open here.") from error


def _context(key_id: str, purpose: str, account_id: int, row: str) -> bytes:
    if "|" in purpose + row:
        raise SealError("The bar separates the parts of a place and cannot be in one.")
    return "|".join((VERSION, key_id, purpose, str(account_id), row)).encode()


def _raw(text: str) -> bytes:
    raw = b64decode(text, altchars=b"-_", validate=True)
    if _text(raw) != text:
        raise ValueError("Another text stands for the same bytes.")
    return raw


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode()
