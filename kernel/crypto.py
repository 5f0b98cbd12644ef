"""Sensitive fields at rest: AES-256-GCM bound to their row, and an HMAC by which to look them up."""

import hashlib
import hmac
import os
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12


class FieldCipher:
    """Encrypts single fields; the first key writes, all keys read."""

    def __init__(self, keys: dict[str, bytes]) -> None:
        self._keys = keys
        self._current = next(iter(keys))

    def encrypt(self, text: str, *, field: str, row_id: UUID) -> bytes:
        """Return ``key id | nonce | ciphertext``, readable only as this field of this row."""
        nonce = os.urandom(NONCE_BYTES)
        key_id = self._current.encode()
        sealed = AESGCM(self._keys[self._current]).encrypt(nonce, text.encode(), _bound_to(field, row_id))
        return bytes([len(key_id)]) + key_id + nonce + sealed

    def decrypt(self, sealed: bytes, *, field: str, row_id: UUID) -> str:
        """Return the text; InvalidTag if the bytes were moved to another row or field."""
        key_id_end = 1 + sealed[0]
        key = self._keys[sealed[1:key_id_end].decode()]
        nonce, body = sealed[key_id_end : key_id_end + NONCE_BYTES], sealed[key_id_end + NONCE_BYTES :]
        return AESGCM(key).decrypt(nonce, body, _bound_to(field, row_id)).decode()

    def lookup(self, text: str, *, field: str) -> bytes:
        """Return the 32-byte value by which an equal text is found; made with the oldest key, which never changes."""
        oldest = next(reversed(self._keys.values()))
        index_key = hmac.digest(oldest, b"lookup:" + field.encode(), hashlib.sha256)
        return hmac.digest(index_key, text.encode(), hashlib.sha256)


def _bound_to(field: str, row_id: UUID) -> bytes:
    return field.encode() + row_id.bytes


def mask_phone(phone: str) -> str:
    """Return the number with its middle hidden: 138****1234."""
    return f"{phone[:3]}****{phone[-4:]}"
