"""Digests and keys: one canonical spelling of a value, so that equal means equal everywhere."""

import hashlib
import json
from typing import Any

KHID_MAX = 50
"""Characters the ERP's `khid` column holds (fact sheet §4.1)."""


_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
"""Made once: `json.dumps` with arguments makes a new one for every call, which costs as much as the digest."""


def canonical(value: Any) -> str:
    """JSON with sorted keys, no white space, unescaped Unicode: the text every digest is taken over."""
    return _ENCODER.encode(value)


def digest(value: Any) -> str:
    """SHA-256 of the canonical JSON, 64 hexadecimal digits."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def khid_for(source_id: str, prefix: str = "WX") -> str:
    """The customer number zbsync owns: prefix + source id; a long one keeps its head and ends in a digest (≤ 50)."""
    khid = f"{prefix}{source_id}"
    if len(khid) <= KHID_MAX:
        return khid
    tail = hashlib.sha256(source_id.encode()).hexdigest()[:16]
    return f"{khid[: KHID_MAX - 17]}-{tail}"


def push_key(proposal_id: int, approved_digest: str, round_: int) -> str:
    """The key under which one push runs; a requeue is a new round and so a new key."""
    return digest([proposal_id, approved_digest, round_])[:32]
