"""Several at once, on a database with row locks: for the tests of races."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection

from zbsync.pipeline.publish import PublishError


def together(*works: Callable[[], Any]) -> list[Any]:
    """Each in its own thread and connection, released at the same moment; their answers in order."""
    gate = threading.Barrier(len(works))

    def released(work: Callable[[], Any]) -> Any:
        try:
            gate.wait(10)
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return [job.result(timeout=30) for job in [pool.submit(released, work) for work in works]]


def caught(work: Callable[[], Any]) -> Callable[[], Any]:
    """What the work answers, or the code of the error it ends in."""

    def run() -> Any:
        try:
            return work()
        except PublishError as error:
            return error.code

    return run
