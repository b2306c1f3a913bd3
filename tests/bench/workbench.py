"""A draft previewed over the whole mirror, on a throw-away SQLite file. `python -m tests.bench workbench`.

Once with a few rules changed, as a draft has them, and once with every rule changed, which is the most there can be.
The time that counts is that of the processor: another process beside it changes the clock, not the work.
"""

import resource
import time
from typing import Any

from tests.bench import Report, throw_away_database

CONTACTS = 100_000
NEEDED_S = 30
MEMORY_MB = 250


def run(report: Report) -> None:
    """Measure on a database of its own; the settings are read only after its address stands in the environment."""
    with throw_away_database():
        _measure(report)


def _measure(report: Report) -> None:
    from tests.bench.propose import _contact
    from tests.models import make
    from zbsync.models import Mapping, MappingRule
    from zbsync.pipeline import bootstrap, bulk, publish

    bootstrap.seed()
    make.options(make.erp())
    for start in range(0, CONTACTS, 5_000):
        bulk.insert([_contact(number) for number in range(start, min(start + 5_000, CONTACTS))])
    published = Mapping.objects.get()
    few = publish.draft(published, make.user(), "few rules")
    MappingRule.objects.filter(mapping=few, target="intro").update(source="summary")
    MappingRule.objects.filter(mapping=few, target="email").update(required=True)
    every = publish.draft(published, make.user(), "every rule")
    for rule in every.rules.all():
        rule.default = rule.default or "示例"
        rule.save()
    for name, draft in (("2 rules of 13 changed", few), ("every rule changed", every)):
        _preview(report, name, draft)


def _preview(report: Report, name: str, draft: Any) -> None:
    from tests.models import make
    from zbsync.pipeline import publish

    publish.start_preview(draft, make.user())
    wall, busy = time.perf_counter(), time.process_time()
    publish.drain_previews()
    wall, busy = time.perf_counter() - wall, time.process_time() - busy
    made = publish.preview_of(draft)
    assert made
    assert (made.state, made.done) == ("done", CONTACTS)
    changed = made.counts.get("rewritten", 0)
    report(f"preview of {CONTACTS:,} contacts, {name}: {changed:,} payloads change")
    a_thousand = busy / CONTACTS * 1000
    needed = NEEDED_S / 100
    report(
        f"  {wall:.1f} s, {a_thousand:.3f} s of CPU for 1,000 contacts ({needed:.3f} allowed: {NEEDED_S} s for 100,000)"
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    report(f"  peak memory {peak} MB ({MEMORY_MB} allowed)")


if __name__ == "__main__":
    run(print)
