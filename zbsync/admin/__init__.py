"""Floor 4, what people see and decide: asks the pipeline, holds no logic of its own.

Each module registers the pages of one family; importing them all here is what makes the admin complete.
"""

from zbsync.admin import (
    audit,
    connection,
    contact,
    dashboard,
    erp,
    follow,
    mapping,
    people,
    proposal,
    push,
    upload,
    vocabulary,
    workbench,
)

__all__ = [
    "audit",
    "connection",
    "contact",
    "dashboard",
    "erp",
    "follow",
    "mapping",
    "people",
    "proposal",
    "push",
    "upload",
    "vocabulary",
    "workbench",
]
