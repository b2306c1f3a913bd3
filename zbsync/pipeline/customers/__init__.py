"""The local copy of the ERP's customers and their persons: what survey, match, dispatch and verify learn of them.

It asks the ERP nothing and judges nothing.
"""

from zbsync.pipeline.customers import contacts, deals, persons
from zbsync.pipeline.customers.records import (
    Row,
    gone,
    keep,
    missed_by,
    numbered,
    see,
    values_of,
    view_of,
    view_of_record,
)
from zbsync.pipeline.customers.rows import Fresh

__all__ = [
    "Fresh",
    "Row",
    "contacts",
    "deals",
    "gone",
    "keep",
    "missed_by",
    "numbered",
    "persons",
    "see",
    "values_of",
    "view_of",
    "view_of_record",
]
