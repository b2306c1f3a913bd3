"""How far the survey of a connection is, for the connection's own page: a bar while it runs, then ages and counts."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from zbsync.conf import conf
from zbsync.core.findings import Finding
from zbsync.models import ErpConnection, ErpPerson, ErpRecord, Survey, SurveyPart
from zbsync.sentences import say
from zbsync.templatetags.zbsync_ui import pill


def survey_said(connection: ErpConnection) -> SafeString:
    """What is read, what is known and how old it is."""
    survey = Survey.objects.filter(connection=connection).first()
    lines = [*_state(connection, survey), *_known(connection, survey)]
    return format_html_join("", "<p>{}</p>", ((line,) for line in lines))


def _state(connection: ErpConnection, survey: Survey | None) -> list[Any]:
    if survey is None or not (survey.part or survey.wanted_at or survey.finished_at or survey.cause):
        never = pill(_("never read"), "warn")
        return [never if connection.surveyed_at is None else _age(connection)]
    lines: list[Any] = []
    if survey.part:
        lines += [_bar(survey)]
    elif survey.wanted_at:
        lines.append(pill(_("asked for; a job takes it up within moments"), "info"))
    elif connection.surveyed_at is not None:
        lines.append(_age(connection))
    if survey.cause and survey.cause != "interrupted":
        lines.append(format_html("{} {}", pill(_("stopped"), "bad"), say(Finding(survey.cause))))
    if survey.persons_cause:
        why = say(Finding(survey.persons_cause, params={"sentence": survey.persons_words}))
        lines.append(format_html("{} {}", pill(_("contact persons are not read"), "warn"), why))
    return lines


def _bar(survey: Survey) -> SafeString:
    """The part that is being read; one without pages has no measure."""
    running = survey.until is not None and survey.until > timezone.now()
    state = pill(_("reading"), "info") if running else pill(_("cut off; goes on by itself"), "warn")
    done, pages = survey.pages_done, survey.pages
    told = _("%(part)s: page %(done)d of %(pages)d") % {
        "part": SurveyPart(survey.part).label,
        "done": done,
        "pages": pages,
    }
    bar = format_html('<progress class="zb-progress" max="{}" value="{}"></progress>', max(pages, 1), done)
    return format_html("{} {}<br>{}", state, told if pages else SurveyPart(survey.part).label, bar)


def _age(connection: ErpConnection) -> SafeString:
    """Whether matching may rely on it."""
    at = connection.surveyed_at or timezone.now()
    fresh = at > timezone.now() - timedelta(seconds=conf().mirror_max_age_s)
    said = pill(_("fresh"), "ok") if fresh else pill(_("too old: every contact is looked for in the ERP"), "warn")
    return format_html("{} {}", said, _("as of %(ago)s ago") % {"ago": timesince(at)})


def _known(connection: ErpConnection, survey: Survey | None) -> list[str]:
    there = {"connection": connection, "gone_at__isnull": True}
    customers = ErpRecord.objects.filter(**there)
    if not customers.exists():
        return []
    read = customers.filter(detailed_at__isnull=False).count()
    numbers = {"customers": customers.count(), "read": read, "persons": ErpPerson.objects.filter(**there).count()}
    return [_("%(customers)d customers, %(read)d of them read in full; %(persons)d contact persons") % numbers]
