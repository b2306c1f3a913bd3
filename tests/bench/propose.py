"""gate + map + write proposals, in contacts a second, on a throw-away SQLite file. `python -m tests.bench propose`."""

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

CONTACTS = 10_000
NEEDED = 3_000
"""Contacts a second."""


def run(report: Callable[[str], None]) -> None:
    """Measure on a database of its own; the settings are read only after its address stands in the environment."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DATABASE_URL"] = f"sqlite:///{Path(folder, 'bench.sqlite3')}"
        os.environ["DJANGO_SETTINGS_MODULE"] = "zbsync.settings"
        import django

        django.setup()
        _measure(report)


def _measure(report: Callable[[str], None]) -> None:
    from django.core.management import call_command

    from tests.models import make
    from zbsync.pipeline import bootstrap, bulk, propose

    call_command("migrate", verbosity=0)
    bootstrap.seed()
    make.options(make.erp())
    bulk.insert([_contact(number) for number in range(CONTACTS)])
    wall, busy = time.perf_counter(), time.process_time()
    tally = propose.drain()
    wall, busy = time.perf_counter() - wall, time.process_time() - busy
    report(f"gate + map + write: {tally.seen} contacts, {tally.done} mapped, {tally.failed} held")
    report(f"  {tally.seen / wall:,.0f} a second ({NEEDED:,} needed), {busy / tally.seen * 1e6:.0f} µs of CPU each")


def _contact(number: int):
    """Every fifth a company, every tenth with a score too low, long notes on some: as a hub has them."""
    from tests.models import make
    from zbsync.models import Contact

    phone = f"138{number:08d}"
    return Contact(
        hub=make.hub(),
        source_id=f"contact-{number:06d}",
        digest=f"{number:064d}",
        name=f"张示例{number}",
        company=f"江北示例机械{number}有限公司" if number % 5 == 0 else "",
        kind="company" if number % 5 == 0 else "individual",
        phone=phone,
        mobile=phone,
        phone_verified=True,
        wechat_id=f"wx_{number}",
        channel="微信",
        notes="问过价格，约了下周见面。" * (number % 7),
        summary="想要一台数控机床" * (number % 3),
        address="江苏省南京市示例路 1 号",
        score=55.0 if number % 10 == 0 else 60.0 + number % 40,
        changed_at=make.NOW,
    )


if __name__ == "__main__":
    run(print)
