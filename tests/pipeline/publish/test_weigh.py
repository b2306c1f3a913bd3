"""Two versions weighed against each other say what each of them says alone; only the way there is shorter."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.models import make
from zbsync.core.defaults import DEFAULT_RULES
from zbsync.core.findings import errors
from zbsync.core.mapping import MappingError, Policy, Rule, TooLong, compile_mapping
from zbsync.erp.catalogue import FIELDS
from zbsync.models import Contact, ErpConnection, GateSetting, Mapping, MappingRule
from zbsync.pipeline import bootstrap, propose, publish, tables
from zbsync.pipeline.publish.versions import in_order, store
from zbsync.pipeline.publish.weigh import Moved, Scales

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def installed() -> None:
    make.options(make.erp())
    bootstrap.seed()


def version(rules: list[Rule]) -> Mapping:
    """A draft with these rules, whatever number it has."""
    made = Mapping.objects.create(version=Mapping.objects.count() + 1)
    store(made, in_order(rules))
    return made


def published() -> Mapping:
    return Mapping.objects.get(state="published")


def alone(mapping: Mapping, contact: Contact) -> tuple[dict[str, str], bool]:
    """What one version says of a contact by the long way: payload, and whether it may go."""
    rules = tables.rule_set(mapping)
    target = tables.targets(list(ErpConnection.objects.all()))[0]
    record = contact.to_record()
    mapped = rules.plan.apply(record, target.tables)
    explained = {finding.field for finding in mapped.findings}
    found = [*mapped.findings, *target.checks.check(mapped.kind, mapped.values, explained)]
    return mapped.values, not errors([*rules.gate.judge(record), *found])


TEXTS = st.sampled_from(["", "老客户", "a@b.example", "13800001111", "长" * 260, "多" * 4100])
CONTACTS = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["company", "individual"]),
        "company": st.sampled_from(["", "江北机械"]),
        "name": st.sampled_from(["王小明", "王"]),
        "notes": TEXTS,
        "summary": TEXTS,
        "address": st.sampled_from(["", "路" * 150]),
        "email": st.sampled_from(["", "a@b.example"]),
        "channel": st.sampled_from(["微信", "抖音"]),
        "score": st.sampled_from([1.0, 61.0, 95.0]),
    }
)
CHANGES: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "source": st.sampled_from(["notes", "summary", "name", "channel"]),
        "default": st.sampled_from(["", "示例"]),
        "required": st.booleans(),
        "policy": st.sampled_from(Policy),
        "too_long": st.sampled_from(TooLong),
    },
)


@settings(max_examples=60, deadline=None)
@given(
    changes=st.dictionaries(st.integers(0, len(DEFAULT_RULES) - 1), CHANGES, max_size=4),
    dropped=st.sets(st.integers(0, len(DEFAULT_RULES) - 1), max_size=2),
    people=st.lists(CONTACTS, min_size=1, max_size=3),
)
def test_they_say_what_each_version_says_alone(changes, dropped, people) -> None:
    rules = [replace(rule, **changes.get(at, {})) for at, rule in enumerate(DEFAULT_RULES) if at not in dropped]
    try:
        compile_mapping(in_order(rules), FIELDS)
    except MappingError:
        return
    before, after = published(), version(rules)
    contacts = [make.contact(**person) for person in people]
    moved = {one.contact.pk: one for one in Scales(before, after).weigh(contacts)}
    for contact in contacts:
        old, new = alone(before, contact), alone(after, contact)
        if contact.pk in moved:
            one = moved[contact.pk]
            assert ((one.before.values, one.before.goes), (one.after.values, one.after.goes)) == (old, new)
        else:
            assert old == new


def weighed(contact: Contact, **changed: Any) -> Moved:
    rules = [replace(rule, **changed) if rule.target == "intro" else rule for rule in DEFAULT_RULES]
    (one,) = Scales(published(), version(rules)).weigh([contact])
    return one


def test_only_what_stops_it_may_differ() -> None:
    one = weighed(make.contact(notes=""), required=True)
    assert (one.rewritten, one.kinds) == (False, ["lost"])
    assert [finding.code for finding in one.after.stops] == ["mapping.required"]


def test_kinds_are_told_field_by_field() -> None:
    assert weighed(make.contact(notes="a", remark="b"), source="remark").kinds == ["changed intro"]
    assert weighed(make.contact(remark="b"), source="remark").kinds == ["new intro"]
    assert weighed(make.contact(notes="a"), source="remark").kinds == ["gone intro"]


def test_options_are_told_by_name_also_of_rules_that_are_the_same() -> None:
    one = weighed(make.contact(notes="a", score=95.0), source="remark")
    assert one.before.labels["jz"] == one.after.labels["jz"] == "很高"


def test_a_switched_off_gate_stops_nobody() -> None:
    GateSetting.objects.update(is_enabled=False)
    assert weighed(make.contact(notes="a", score=1.0), source="remark").after.goes


# ---------------------------------------------------------------- what the preview promises comes true
def payloads() -> dict[int, tuple[dict[str, str], bool]]:
    """What is proposed of each contact now, and whether nothing holds it."""
    propose.drain()
    rows = [row for contact in Contact.objects.all() for row in contact.proposals.order_by("-pk")[:1]]
    return {row.contact_id: (row.payload, not row.cause) for row in rows}


@pytest.mark.parametrize(
    "changed",
    [
        {"intro": {"source": "remark"}},
        {"email": {"required": True}, "intro": {"default": "无"}},
        {"ly": {"default": "朋友介绍"}},
        {"address": {"too_long": "cut"}, "product": {"too_long": "hold"}},
        {"khid": {"argument": "HUB"}},
        {"jz": {"transform": "constant", "source": "", "argument": "176"}},
    ],
    ids=["source", "required", "default", "too long", "number", "constant"],
)
def test_publishing_does_what_the_preview_said(changed: dict[str, dict[str, Any]]) -> None:
    for number in range(8):
        make.contact(
            notes="a" * (number % 3), remark="b" * (number % 2), email="a@b.example" * (number % 2),
            channel="抖音" if number % 4 == 0 else "微信", address="路" * 150 * (number % 3),
            summary="问" * 4100 * (number % 2), score=float(40 + 10 * number),
        )  # fmt: skip
    before = payloads()
    draft = publish.draft(published(), make.user())
    for target, values in changed.items():
        MappingRule.objects.filter(mapping=draft, target=target).update(**values)
    publish.start_preview(draft, make.user())
    publish.drain_previews()
    promised = publish.preview_of(draft)
    assert promised
    publish.publish(draft, make.user(), "as previewed")
    after = payloads()
    came = Counter[str]()
    for pk, (payload, goes) in after.items():
        came["rewritten"] += payload != before[pk][0]
        came["rewritten_going"] += payload != before[pk][0] and goes
        came["kind:gained"] += goes and not before[pk][1]
        came["kind:lost"] += before[pk][1] and not goes
    assert came.total()
    assert {name: promised.counts.get(name, 0) for name in came} == dict(came)
