"""What a reviewer may do. One verb per act, with its permission check and its audit entries inside.

Admin and commands call these alike. Every verb takes ids or a queryset, works in batches, and returns a `Decision`:
how many rows moved, and why each of the others was left out; the brake of a connection only whether it moved. Nothing
here talks to the ERP.
"""

from zbsync.pipeline.review import acts, what_if
from zbsync.pipeline.review.approve import approve
from zbsync.pipeline.review.batch import call_off, let_go
from zbsync.pipeline.review.brake import pause, resume
from zbsync.pipeline.review.decision import Decision
from zbsync.pipeline.review.desk import bury, cancel, requeue
from zbsync.pipeline.review.doubt import look_now, say_found, vouch_absent
from zbsync.pipeline.review.edit import edit
from zbsync.pipeline.review.mend import amend, remap, reopen
from zbsync.pipeline.review.order import UnknownOrder, order
from zbsync.pipeline.review.preview import Preview, preview
from zbsync.pipeline.review.reject import reject
from zbsync.pipeline.review.reveal import reveal
from zbsync.pipeline.review.selection import SelectionError, proposals_by, pushes_by
from zbsync.pipeline.review.target import bind, create_anyway, not_same
from zbsync.pipeline.review.undo import undo

__all__ = [
    "Decision",
    "Preview",
    "SelectionError",
    "UnknownOrder",
    "acts",
    "amend",
    "approve",
    "bind",
    "bury",
    "call_off",
    "cancel",
    "create_anyway",
    "edit",
    "let_go",
    "look_now",
    "not_same",
    "order",
    "pause",
    "preview",
    "proposals_by",
    "pushes_by",
    "reject",
    "remap",
    "reopen",
    "requeue",
    "resume",
    "reveal",
    "say_found",
    "undo",
    "vouch_absent",
    "what_if",
]
