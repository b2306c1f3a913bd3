"""The doorbell: wake a worker. The only place in the flow that knows django-q2.

A lost ring costs delay, for the timetable rings every minute; one ring too many costs a look at empty tables.
"""

from django.conf import settings
from django.db import transaction
from django_q.tasks import async_task

DRAIN = "zbsync.tasks.drain"
SURVEY = "zbsync.tasks.survey"
PREVIEW = "zbsync.tasks.preview"


def ring(task: str = DRAIN) -> None:
    """Ask for a drain, or another task, as soon as the caller's transaction is committed.

    The ring for the database broker is a row of that same transaction; one for Redis waits for its end, and
    one that Redis does not take is logged and lost: what was committed stands, and the timetable rings within a minute.
    """
    if settings.ZBSYNC_BROKER == "orm":
        async_task(task)
    else:
        # A named function: Django tells of a robust hook that failed by its name, and a partial has none.
        def send() -> None:
            async_task(task)

        transaction.on_commit(send, robust=True)
