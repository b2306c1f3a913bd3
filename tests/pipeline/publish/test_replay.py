"""A past push under another version: what would be sent now beside what was sent, and nothing is sent or changed."""

from typing import Any

import pytest

from tests.admin.pages.world import snapshot
from tests.models import make
from zbsync.models import Mapping, MappingRule, Push
from zbsync.pipeline import bootstrap, propose, publish

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def installed() -> None:
    make.options(make.erp())
    bootstrap.seed()


def sent(of: Any = None, **given: Any) -> Push:
    """A push of what the published version says of a contact."""
    contact = of or make.contact(notes="老客户", remark="加急")
    propose.drain()
    row = contact.proposals.get()
    row.state, row.match_kind, row.action = "approved", "absent", given.get("action", "create")
    row.decided_at, row.decided_by = make.NOW, make.user()
    for name in ("edits", "erp_values", "target_ord"):
        setattr(row, name, given.get(name, getattr(row, name)))
    row.save()
    return make.push(proposal=row, **{"payload": row.payload, **given.get("push", {})})


def other(**values: Any) -> Mapping:
    draft = publish.draft(Mapping.objects.get(version=1), make.user())
    MappingRule.objects.filter(mapping=draft, target="intro").update(**values)
    return draft


def differing(push: Push, version: Mapping) -> dict[str, tuple[str, str]]:
    return {one.target: (one.then, one.now) for one in publish.replay(push, version).fields if one.differs}


def test_the_same_version_says_the_same() -> None:
    push = sent()
    told = publish.replay(push, Mapping.objects.get())
    assert [one.target for one in told.fields if one.differs] == []
    assert {one.target for one in told.fields} == push.payload.keys()
    assert not told.moved


def test_another_version_says_it_otherwise() -> None:
    assert differing(sent(), other(source="remark")) == {"intro": ("老客户", "加急")}


def test_what_it_no_longer_fills_is_empty_now() -> None:
    push, draft = sent(), other()
    draft.rules.filter(target="intro").delete()
    assert differing(push, draft) == {"intro": ("老客户", "")}


def test_options_are_told_by_name() -> None:
    push, draft = sent(), other()
    draft.rules.filter(target="jz").update(transform="constant", argument="176", source="")
    assert differing(push, draft) == {"jz": ("较高", "一般")}


def test_an_update_says_only_what_it_would_write() -> None:
    record = {"name": "王小明", "intro": "加急", "mobile": "13800000000"}
    push = sent(action="update", erp_values=record, target_ord=7,
                push={"action": "update", "ord": 7, "payload": {"intro": "加急\n老客户"}})  # fmt: skip
    assert differing(push, other(source="remark"))["intro"] == ("加急\n老客户", "")


def test_a_persons_edits_are_laid_over_as_they_were() -> None:
    push = sent(edits={"intro": {"value": "由人改写"}}, push={"payload": {"intro": "由人改写"}})
    told = {one.target: one for one in publish.replay(push, other(source="remark")).fields}
    assert (told["intro"].now, told["intro"].edited, told["intro"].differs) == ("由人改写", True, False)


def test_a_contact_that_moved_is_said_and_read_as_it_stands() -> None:
    contact = make.contact(notes="老客户")
    push = sent(contact)
    contact.notes, contact.version = "新客户", 2
    contact.save()
    told = publish.replay(Push.objects.get(pk=push.pk), Mapping.objects.get())
    assert told.moved
    assert {one.target: one.now for one in told.fields}["intro"] == "新客户"


def test_what_that_version_complains_of_is_told() -> None:
    told = publish.replay(sent(), other(source="email", required=True))
    assert [one.code for one in told.findings] == ["mapping.required"]


def test_a_version_that_cannot_work_is_refused() -> None:
    with pytest.raises(publish.NoReplay, match="cannot_work"):
        publish.replay(sent(), other(source="nix"))


def test_what_no_mapping_made_has_no_replay() -> None:
    push = sent()
    push.operation = "followup.add"
    with pytest.raises(publish.NoReplay, match="no_mapping"):
        publish.replay(push, Mapping.objects.get())


def test_nothing_is_written() -> None:
    push, draft = sent(), other(source="remark")
    before = snapshot()
    publish.replay(push, draft)
    assert snapshot() == before
