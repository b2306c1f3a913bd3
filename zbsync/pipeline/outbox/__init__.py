"""The outbox: the only writer of `Push.state`, and of the attempts, exchanges and bindings that go with it.

Called by the stages (dispatch, verify, reconcile), by `review` (enqueue, and a person's requeue, bury,
cancel) and by `propose` (void what a hub change overtook). Every function works on many rows with a constant
number of statements and wants to be the one act of its transaction or part of the caller's: rows are read
again under lock, only those still in the state (and under the lease) that the caller believes in are moved,
each with its audit entry. It never talks to the ERP and decides nothing that `core.lifecycle` does not allow.
"""

from zbsync.pipeline.outbox.batch import few_of, first_few, held, hold_back, let_go, waiting_of
from zbsync.pipeline.outbox.bindings import CONFLICT
from zbsync.pipeline.outbox.cycles import Cycle, cycle
from zbsync.pipeline.outbox.desk import GONE, bury, cancel, enqueue, open_push_contacts, requeue, void, void_queued
from zbsync.pipeline.outbox.doubt import look_now, say_found, taken, vouch_absent
from zbsync.pipeline.outbox.due import (
    APPEND_ONLY,
    FOR_A_PERSON,
    NO_ID,
    OTHER_RECORD,
    UNSEEN,
    next_due,
    next_look,
    outdated,
)
from zbsync.pipeline.outbox.evidence import exchange_digest, exchange_rows
from zbsync.pipeline.outbox.ids import TAKEN, handed_twice
from zbsync.pipeline.outbox.judge import Verdict, judge
from zbsync.pipeline.outbox.lease import Reserved, claim, lapse, mark_sending, postpone, release, reserve, wait
from zbsync.pipeline.outbox.moves import JOB, LostRace
from zbsync.pipeline.outbox.patience import patiently
from zbsync.pipeline.outbox.settle import Said, settle

__all__ = [
    "APPEND_ONLY",
    "CONFLICT",
    "FOR_A_PERSON",
    "GONE",
    "JOB",
    "NO_ID",
    "OTHER_RECORD",
    "TAKEN",
    "UNSEEN",
    "Cycle",
    "LostRace",
    "Reserved",
    "Said",
    "Verdict",
    "bury",
    "cancel",
    "claim",
    "cycle",
    "enqueue",
    "exchange_digest",
    "exchange_rows",
    "few_of",
    "first_few",
    "handed_twice",
    "held",
    "hold_back",
    "judge",
    "lapse",
    "let_go",
    "look_now",
    "mark_sending",
    "next_due",
    "next_look",
    "open_push_contacts",
    "outdated",
    "patiently",
    "postpone",
    "release",
    "requeue",
    "reserve",
    "say_found",
    "settle",
    "taken",
    "void",
    "void_queued",
    "vouch_absent",
    "wait",
    "waiting_of",
]
