"""A draft gets its rules: all of them or none, by who may, and never over somebody else's work."""

from dataclasses import replace

import pytest
from django.core.exceptions import PermissionDenied
from simple_history.utils import get_history_manager_for_model

from tests.admin.people import someone
from tests.models import make
from tests.pipeline.publish.drafting import drafted
from zbsync.core.mapping import MappingError, Policy, Rule, rules_digest
from zbsync.models import Entry, Mapping, MappingRule
from zbsync.pipeline import publish, tables

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft() -> Mapping:
    return drafted()


def rules(mapping: Mapping) -> list[Rule]:
    return list(tables.read_rules(mapping))


def changed(mapping: Mapping, target: str, **given) -> list[Rule]:
    return [replace(rule, **given) if rule.target == target else rule for rule in rules(mapping)]


def test_a_changed_rule_keeps_its_row_and_is_told(draft: Mapping) -> None:
    row = draft.rules.get(target="intro")
    assert publish.edit(draft, changed(draft, "intro", source="remark"), make.user(), note="備考") == 1
    assert draft.rules.get(target="intro").pk == row.pk
    assert draft.rules.get(target="intro").source == "remark"
    entry = Entry.objects.get(verb="mapping.edit")
    assert entry.after
    assert entry.after["rules"] == [
        {"rule": "intro both", "before": {"source": "notes"}, "after": {"source": "remark"}}
    ]
    assert (entry.actor_name, Mapping.objects.get(pk=draft.pk).note) == ("admin", "備考")


def test_rules_come_go_and_change_places(draft: Mapping) -> None:
    kept = [rule for rule in rules(draft) if rule.target != "intro"]
    assert publish.edit(draft, [Rule("url", "extra.site"), *kept], make.user()) == 2
    after = rules(draft)
    assert [rule.target for rule in after] == ["url", *(rule.target for rule in kept)]
    assert [rule.position for rule in after] == list(range(1, 14))


def test_two_rules_may_swap_their_targets(draft: Mapping) -> None:
    swap = {"email": "address", "address": "email"}
    publish.edit(draft, [replace(one, target=swap.get(one.target, one.target)) for one in rules(draft)], make.user())
    assert draft.rules.get(target="email").source == "address"
    assert draft.rules.get(target="address").source == "email"


def test_nothing_changed_leaves_no_entry(draft: Mapping) -> None:
    assert publish.edit(draft, rules(draft), make.user()) == 0
    assert not Entry.objects.filter(verb="mapping.edit").exists()


def test_every_bad_rule_is_named_and_nothing_is_kept(draft: Mapping) -> None:
    bad = [*changed(draft, "intro", source="no.such"), Rule("nowhere", "name")]
    with pytest.raises(MappingError) as caught:
        publish.edit(draft, bad, make.user())
    assert [one.code for one in caught.value.findings] == ["mapping.bad_path", "mapping.unknown_target"]
    assert draft.rules.get(target="intro").source == "notes"


def test_somebody_elses_work_is_not_written_over(draft: Mapping) -> None:
    seen = rules_digest(rules(draft))
    publish.edit(draft, changed(draft, "intro", source="remark"), make.user(), seen=seen)
    with pytest.raises(publish.PublishError, match="draft_moved"):
        publish.edit(draft, changed(draft, "email", source="remark"), make.user(), seen=seen)
    assert draft.rules.get(target="email").source == "email"


def test_what_is_published_takes_no_edit(draft: Mapping) -> None:
    first = Mapping.objects.get(version=1)
    with pytest.raises(publish.PublishError, match="not_draft"):
        publish.edit(first, changed(first, "intro", source="remark"), make.user())
    assert first.rules.get(target="intro").source == "notes"


@pytest.mark.parametrize("role", ["reviewer", "operator", "auditor", ""])
def test_who_may_not_change_the_mapping_edits_no_draft(draft: Mapping, role: str) -> None:
    with pytest.raises(PermissionDenied):
        publish.edit(draft, changed(draft, "intro", source="remark"), someone(role))
    assert draft.rules.get(target="intro").source == "notes"


def test_a_mapper_edits_a_draft(draft: Mapping) -> None:
    assert publish.edit(draft, changed(draft, "intro", policy=Policy.NEVER), someone("mapper")) == 1
    history = get_history_manager_for_model(MappingRule)
    assert history.filter(mapping=draft, target="intro").count() == 2


# ---------------------------------------------------------------- where a rule is wrong
GOOD = Rule("mobile", "phone", "mobile")


@pytest.mark.parametrize(
    ("bad", "column", "code"),
    [
        (Rule("nowhere", "name"), "target", "mapping.unknown_target"),
        (Rule("intro", ""), "source", "mapping.source_missing"),
        (Rule("intro", "nix"), "source", "mapping.bad_path"),
        (Rule("intro", "notes", "first_of", "nix"), "argument", "mapping.bad_path"),
        (Rule("intro", "notes", "cut", "many"), "argument", "mapping.bad_argument"),
        (Rule("intro", "notes", "upper", "x"), "argument", "mapping.argument_unused"),
        (Rule("intro", "notes", "magic"), "transform", "mapping.unknown_transform"),
        (Rule("intro", "notes", applies_to="all"), "applies_to", "mapping.bad_kind"),
        (Rule("zijin", "score", applies_to="individual"), "applies_to", "mapping.not_for_kind"),
        (Rule("mobile", "phone"), "target", "mapping.duplicate_target"),
    ],
)
def test_a_fault_is_told_at_its_column(bad: Rule, column: str, code: str) -> None:
    found = publish.faults([GOOD, bad])
    assert list(found) == [1]
    assert [(at, one.code, one.params["position"]) for at, one in found[1]] == [(column, code, 2)]


def test_two_bad_paths_are_told_apart() -> None:
    found = publish.faults([Rule("intro", "nix", "first_of", "nie")])
    assert [column for column, _finding in found[0]] == ["source", "argument"]


def test_sound_rules_have_no_faults() -> None:
    assert publish.faults([GOOD, Rule("name", "company", applies_to="unit"), Rule("intro", "notes")]) == {}
