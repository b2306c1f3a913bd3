"""What django-q2 may call: nothing in, nothing out, harmless when called twice or not at all.

The boundary of a job: whatever goes wrong behind it is logged and ends this job, never the worker. The truth is in the
tables, so the next ring goes on where this one stopped.
"""

import logging
import time

from django.db import close_old_connections
from django.utils import timezone

from zbsync.conf import conf
from zbsync.core.redact import mask_phone
from zbsync.models import Heartbeat
from zbsync.pipeline import doorbell, flow, lookup, publish, wiring
from zbsync.pipeline import prune as keeping
from zbsync.pipeline import seal as evidence
from zbsync.pipeline import survey as reading

logger = logging.getLogger(__name__)


def drain() -> None:
    """One turn of the flow, boxed in time; rings again when it moved something and more is due."""
    began = time.monotonic()
    moved = sum(_stage(name, began) for name in flow.STAGES)
    beat("drain", f"{moved} rows")
    due = flow.next_due()
    if moved and due is not None and due <= timezone.now():
        doorbell.ring()


def _stage(name: str, began: float) -> int:
    """One stage of a turn: a failure stops this stage until the next ring and none of the others."""
    try:
        tally = flow.drain(name, began, conf().drain_s)
    except wiring.WiringError as error:
        logger.error("%s cannot run: %s %s", name, error.code, error.params)
    except Exception as error:
        logger.exception("%s stopped: %s", name, mask_phone(str(error)))
        close_old_connections()
    else:
        return tally.done + tally.failed
    return 0


def seal() -> None:
    """Link what is new into the chain of evidence, boxed in time; what is left is for the next hour."""
    try:
        sealed = evidence.drain(time.monotonic() + conf().drain_s).done
    except Exception as error:
        logger.exception("seal stopped: %s", mask_phone(str(error)))
    else:
        beat("seal", f"{sealed} rows")


def prune() -> None:
    """Let go of exchanges that are older than they are kept, boxed in time; each step in another hour."""
    try:
        tally = keeping.drain(time.monotonic() + conf().drain_s)
    except Exception as error:
        logger.exception("prune stopped: %s", mask_phone(str(error)))
        close_old_connections()
    else:
        beat("prune", f"{tally.seen} announced, {tally.done} deleted")


def survey() -> None:
    """Read on in the ERPs whose copy grew old or was asked for, boxed in time; rings again while there is more."""
    try:
        moved = reading.drain(time.monotonic() + conf().drain_s)
    except wiring.WiringError as error:
        logger.error("survey cannot run: %s %s", error.code, error.params)
    except Exception as error:
        logger.exception("survey stopped: %s", mask_phone(str(error)))
        close_old_connections()
    else:
        beat("survey", f"{moved} connections")
        if moved and reading.due(timezone.now()):
            doorbell.ring(doorbell.SURVEY)


def preview() -> None:
    """Go on with previews of drafts of the mapping, boxed in time; rings again while there is more."""
    try:
        more = publish.drain_previews(time.monotonic() + conf().drain_s)
    except Exception as error:
        logger.exception("preview stopped: %s", mask_phone(str(error)))
        close_old_connections()
    else:
        beat("preview", "more" if more else "")
        if more:
            doorbell.ring(doorbell.PREVIEW)


def contracts() -> None:
    """Go through the ERP's contracts for first deals, boxed in time; the next ring goes on where this one stopped."""
    until, read = time.monotonic() + conf().drain_s, 0
    try:
        for connection in lookup.contracts.due(timezone.now()):
            read += lookup.contracts.run(connection, until).pages
    except wiring.WiringError as error:
        logger.error("contracts cannot be read: %s %s", error.code, error.params)
    except Exception as error:
        logger.exception("contracts stopped: %s", mask_phone(str(error)))
        close_old_connections()
    else:
        beat("contracts", f"{read} pages")


def probe() -> None:
    """What the supervisor asks for to see that the whole path works."""


def beat(name: str, note: str = "") -> None:
    """Show that something lives."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": timezone.now(), "note": note[:200]})
