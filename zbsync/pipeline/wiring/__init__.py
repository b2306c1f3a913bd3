"""From a connection's row to what talks: settings with secrets, the slot, the pause, the breaker.

Used by the outbox, the lanes and every stage that asks the ERP something. It is the only reader of secrets,
and a pause set here is what keeps every job off an account that does not let us in.
"""

from zbsync.pipeline.wiring.breaker import half_open_room, put_off_probe, watch
from zbsync.pipeline.wiring.config import WiringError, config_for
from zbsync.pipeline.wiring.pauses import (
    BY_HAND,
    CAPTCHA,
    LOGIN_LIMIT,
    LOGIN_REFUSED,
    may_send,
    note_logins,
    open_fully,
    pause,
    resume,
    try_out,
)
from zbsync.pipeline.wiring.slots import Hold, Rounds, each, each_usable, slot, usable

__all__ = [
    "BY_HAND",
    "CAPTCHA",
    "LOGIN_LIMIT",
    "LOGIN_REFUSED",
    "Hold",
    "Rounds",
    "WiringError",
    "config_for",
    "each",
    "each_usable",
    "half_open_room",
    "may_send",
    "note_logins",
    "open_fully",
    "pause",
    "put_off_probe",
    "resume",
    "slot",
    "try_out",
    "usable",
    "watch",
]
