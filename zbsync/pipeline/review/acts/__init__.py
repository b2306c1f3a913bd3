"""Acts on many proposals: asked for, confirmed by a second person where one is wanted, carried out batch by batch.

What was asked for is frozen row by row with its digest, so that an act does what its page said, however late it runs;
what moved meanwhile is left out and told. One of up to a batch that wants nobody else is carried out at once, the rest
by the stage `acts` of the flow. The verbs themselves are those of `review`.
"""

from zbsync.pipeline.review.acts.asking import Wish, ask, risks_of
from zbsync.pipeline.review.acts.persons import cancel, confirm, look, opened, refusal
from zbsync.pipeline.review.acts.running import drain, next_due, step
from zbsync.pipeline.review.acts.undoing import taken, undo_act, undoing

__all__ = [
    "Wish",
    "ask",
    "cancel",
    "confirm",
    "drain",
    "look",
    "next_due",
    "opened",
    "refusal",
    "risks_of",
    "step",
    "taken",
    "undo_act",
    "undoing",
]
