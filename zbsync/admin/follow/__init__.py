"""The pages of what follows a customer: the rules people keep for it."""

from zbsync.admin.follow import rules

__all__ = ["rules"]
