"""The ERP to look at: its catalogue of operations, the mirror of its customers, a customer asked for live."""

from zbsync.admin.erp import catalogue, record

__all__ = ["catalogue", "record"]
