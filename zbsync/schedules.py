"""The timetable, as data: what rings without anybody having done something. Put in place by `manage.py bootstrap`.

A ring lost is a minute lost; these are the rings that cannot be lost for longer than their interval.
"""

from dataclasses import dataclass

from django.apps import apps

PREFIX = "zbsync:"
FOR_EVER = -1


@dataclass(frozen=True, slots=True)
class Timer:
    """One line of the timetable: `task` is called every `minutes`."""

    name: str
    task: str
    minutes: int


TIMETABLE: tuple[Timer, ...] = (
    Timer("drain", "zbsync.tasks.drain", 1),
    Timer("seal", "zbsync.tasks.seal", 60),
    Timer("prune", "zbsync.tasks.prune", 60),
    Timer("preview", "zbsync.tasks.preview", 1),
    Timer("survey", "zbsync.tasks.survey", 10),
    Timer("contracts", "zbsync.tasks.contracts", 15),
)


def ensure() -> tuple[int, int]:
    """Make django-q2's schedules equal to the timetable; answers how many were made or changed, and removed.

    Schedules that people made themselves are left alone: ours bear a prefix.
    """
    schedule = apps.get_model("django_q", "Schedule")
    changed = 0
    for timer in TIMETABLE:
        wanted = {"func": timer.task, "schedule_type": "I", "minutes": timer.minutes, "repeats": FOR_EVER}
        found = schedule.objects.filter(name=PREFIX + timer.name)
        if found.filter(**wanted).count() != 1 or found.count() != 1:
            found.delete()
            schedule.objects.create(name=PREFIX + timer.name, **wanted)
            changed += 1
    ours = [PREFIX + timer.name for timer in TIMETABLE]
    removed, _ = schedule.objects.filter(name__startswith=PREFIX).exclude(name__in=ours).delete()
    return changed, removed
