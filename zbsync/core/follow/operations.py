"""The operations a proposal can be for, by name. What each says to the ERP stands in `pipeline.operations`."""

CUSTOMER = "customer.save"
"""The one all others wait for."""

PERSON = "person.save"
FOLLOW_UP = "followup.add"
ASSIGN = "customer.assign"
APPLY = "customer.apply"
APPROVE = "customer.approve"
REVIEW = "customer.review"
TAKE_BACK = "customer.take_back"
SHARE = "customer.share"
PROTECT = "customer.protect"
UNPROTECT = "customer.unprotect"

ORDERED = (APPLY, APPROVE, REVIEW, TAKE_BACK, SHARE, PROTECT, UNPROTECT)
"""What only a person asks for, on a customer that is there."""

FOLLOWING = (PERSON, FOLLOW_UP, ASSIGN)
"""What follows a customer by itself: a contact person, what was talked about, an owner."""

ALL = (CUSTOMER, *FOLLOWING, *ORDERED)

FOR_GOOD = (FOLLOW_UP, ASSIGN)
"""Once and never again for the same subject: the ERP only appends, and nobody takes two turns."""

WITHDRAWN = "withdrawn"
"""Cause of an approved proposal whose push was taken back before anything was said: it may be proposed again."""

NOT_READABLE = "not_readable"
"""Cause of an accepted push that cannot be read back: the ERP's word is all there is."""

WAITING = "waiting.customer"
WAITING_FAILED = "waiting.customer_failed"
WAITS = (WAITING, WAITING_FAILED)
"""Causes of a proposal that waits: for its customer's id, or for a person to mend its customer's push."""
