"""The ERP's API as data: its operations, their fields, filters and columns, and its dictionaries.

One table for all: the dialects (where to ask), mapping and payload checks (what fits), the editors and the page of
documentation in the admin (what there is), the client (what may be said). No operation is described anywhere else.
"""

from zbsync.erp.catalogue.captions import captions_of, fields_named_in, specs_of
from zbsync.erp.catalogue.customers import FIELDS, UNIT_ONLY, fields_for
from zbsync.erp.catalogue.flat import CARRIED, DERIVED, NAMED_FIELDS, SPELLED
from zbsync.erp.catalogue.operations import ACTS, OPERATIONS
from zbsync.erp.catalogue.shapes import ANSWER, REQUEST, Operation, Param, Vocabulary
from zbsync.erp.catalogue.vocabularies import ENUMS, VOCABULARIES

__all__ = [
    "ACTS",
    "ANSWER",
    "CARRIED",
    "CUSTOMER_FILTERS",
    "DERIVED",
    "ENUMS",
    "FIELDS",
    "NAMED_FIELDS",
    "OPERATIONS",
    "PERSON_FILTERS",
    "REQUEST",
    "SPELLED",
    "UNIT_ONLY",
    "VOCABULARIES",
    "Operation",
    "Param",
    "Vocabulary",
    "captions_of",
    "fields_for",
    "fields_named_in",
    "specs_of",
]

CUSTOMER_FILTERS = OPERATIONS["list_customers"].filters
"""What the customer list filters by."""

PERSON_FILTERS = OPERATIONS["list_persons"].filters
"""The same for contact persons; WeChat id is not among them."""
