"""Who sees what, as an administrator decides it: which contacts a person, and whole phone numbers which roles."""

from zbsync.pipeline.access.limits import limit
from zbsync.pipeline.access.phones import KEEPS, give_phones

__all__ = ["KEEPS", "give_phones", "limit"]
