"""Two at the workbench at once, on a database with row locks: nobody's work is lost unseen, one preview, one import."""

from dataclasses import replace
from typing import Any

import pytest

from tests.models import make
from tests.pipeline.publish.drafting import drafted
from tests.pipeline.racing import caught, together
from zbsync.core.mapping import Rule, rules_digest
from zbsync.models import Entry, Mapping, Preview, ValueMap, ValueMapEntry
from zbsync.pipeline import publish, tables

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def draft() -> Mapping:
    return drafted()


def test_of_two_who_save_what_they_saw_one_is_told(draft: Mapping) -> None:
    rules, user = tables.read_rules(draft), make.user()
    seen = rules_digest(rules)

    def saved(source: str) -> Any:
        wanted = [replace(rule, source=source) if rule.target == "intro" else rule for rule in rules]
        return caught(lambda: publish.edit(draft, wanted, user, seen=seen))

    answers = together(saved("remark"), saved("summary"))
    assert sorted(map(str, answers)) == ["1", "publish.draft_moved"]
    assert draft.rules.get(target="intro").source == ("remark" if answers[0] == 1 else "summary")
    assert Entry.objects.filter(verb="mapping.edit").count() == 1


def test_a_draft_is_edited_or_published_never_both(draft: Mapping) -> None:
    rules, user = tables.read_rules(draft), make.user()
    wanted = [replace(rule, source="remark") if rule.target == "intro" else rule for rule in rules]
    edited, _published = together(
        caught(lambda: publish.edit(draft, wanted, user)), caught(lambda: publish.publish(draft, user))
    )
    stands = Mapping.objects.get(state="published").rules.get(target="intro").source
    assert stands == ("remark" if edited == 1 else "notes")
    assert edited in (1, "publish.not_draft")


def test_one_preview_however_many_ask(draft: Mapping) -> None:
    user = make.user()
    made = together(*[lambda: publish.start_preview(draft, user) for _ in range(3)])
    assert len({one.pk for one in made}) == 1
    assert Entry.objects.filter(verb="mapping.ask_preview").count() == 1


def test_two_jobs_at_once_count_everybody_once(draft: Mapping) -> None:
    for _ in range(40):
        make.contact(notes="a", remark="b")
    draft.rules.filter(target="intro").update(source="remark")
    publish.start_preview(draft, make.user())
    together(publish.drain_previews, publish.drain_previews)
    publish.drain_previews()
    made = Preview.objects.get()
    assert (made.state, made.done, made.counts["rewritten"]) == ("done", 40, 40)


def test_pairs_added_at_once_are_all_kept(draft: Mapping) -> None:
    user = make.user()
    ValueMap.objects.create(name="trades", kind="exact")
    together(*[lambda key=key: publish.add_pairs("trades", {key: "x"}, user) for key in "abc"])
    assert set(ValueMapEntry.objects.filter(value_map__name="trades").values_list("key", flat=True)) == set("abc")


def test_imports_at_once_are_two_drafts_and_one_value_map(draft: Mapping) -> None:
    named = publish.NamedMap("trades", "exact", "", (("a", "b"),))
    document, user = publish.Document((Rule("intro", "notes", position=1),), (named,)), make.user()
    made = together(*[lambda: publish.take(document, user) for _ in range(2)])
    assert sorted(one.version for one in made) == [3, 4]
    assert ValueMap.objects.filter(name="trades").count() == 1
