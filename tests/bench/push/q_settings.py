"""Settings of the django-q2 peer: ours, with a queue that brings a failed task back."""

import os

from tests.bench.push.peers import TRIES
from zbsync.settings import *  # noqa: F403 - settings over settings
from zbsync.settings import Q_CLUSTER

Q_CLUSTER |= {
    "workers": int(os.environ.get("PEER_LANES", "8")),
    "timeout": 4,
    "retry": 5,
    "max_attempts": TRIES,
    "ack_failures": False,
    "queue_limit": 64,
    "save_limit": 0,
    "orm": "default",
}
