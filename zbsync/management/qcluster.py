"""django-q2's cluster as the worker starts it: `python -m zbsync.management.qcluster SUPERVISOR SECONDS`.

The same as django-q2's own command, but for one thing: it does not outlive its supervisor, a process id, by more than
so many seconds, and no part of it outlives the part that started it. A supervisor that was killed tells the cluster to
stop (`DIE_WITH_PARENT`), and one that lost a part waits for it for good; parts whose main process was killed work on
unguarded. Nobody would be left to end either.
"""

import sys

from django.core.management import execute_from_command_line

from zbsync.management.processes import end_with


def main(supervisor: int, seconds: float) -> None:
    """Run the cluster until it is told to stop."""
    end_with(supervisor, seconds)
    execute_from_command_line(["manage.py", "qcluster"])


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
