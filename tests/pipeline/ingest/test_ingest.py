"""From a file into the mirror: once, in order of version, and only what is said."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_q.models import OrmQ

from tests.hub.samples import csv_file, json_file, workbook
from tests.models import make
from tests.pipeline.ingest.samples import ACTOR, LATER, OLD, contact, counts, mirror, take, take_in
from zbsync.hub.errors import FileRefused
from zbsync.models import Contact, Entry, Interaction
from zbsync.pipeline import ingest
from zbsync.pipeline.ingest import compare, store
from zbsync.pipeline.ingest.compare import COLUMNS, EMPTY
from zbsync.pipeline.ingest.file import BATCH

pytestmark = pytest.mark.django_db


def test_a_new_contact_stands_in_the_mirror(tmp_path) -> None:
    report = take_in(tmp_path, contact(company="江北示例有限公司", level="A", first_deal_at=OLD, updated_at=LATER))
    found = mirror()
    assert counts(report) == (1, 0, 0, 0)
    assert (found.version, found.proposed_version, found.eligible, found.changed_at) == (1, 0, None, make.NOW)
    assert (found.name, found.mobile, found.score, found.kind) == ("张三", "13800138000", 85.0, "company")
    assert (found.extra, found.deleted_at) == ({"level": "A"}, None)
    assert found.first_deal_at == datetime(2026, 1, 5, tzinfo=UTC)
    assert found.source_updated_at == datetime(2026, 1, 6, tzinfo=UTC)


def test_a_contact_that_says_nothing_is_as_the_model_has_it(tmp_path) -> None:
    take_in(tmp_path, {"source_id": "c1"})
    assert {name: getattr(mirror(), name) for name in COLUMNS} == EMPTY
    assert {name: getattr(Contact(), name) for name in COLUMNS} == EMPTY


def test_the_same_file_again_changes_nothing(tmp_path) -> None:
    rows = [
        contact(f"c{number}", level={"a": [1.5, None]}, first_deal_at=OLD, interactions=[{"source_id": "i", "at": OLD}])
        for number in range(3)
    ]
    take_in(tmp_path, *rows)
    before = list(Contact.objects.order_by("id").values()), list(Interaction.objects.order_by("id").values())
    entries, rings = Entry.objects.count(), OrmQ.objects.count()
    assert counts(take_in(tmp_path, *rows, days=1)) == (0, 0, 3, 0)
    assert (list(Contact.objects.order_by("id").values()), list(Interaction.objects.order_by("id").values())) == before
    assert (Entry.objects.count(), OrmQ.objects.count()) == (entries, rings)


def test_a_change_is_a_new_version_and_due(tmp_path) -> None:
    take_in(tmp_path, contact())
    Contact.objects.update(proposed_version=1, eligible=True)
    assert counts(take_in(tmp_path, contact(name="张三丰"), days=1)) == (0, 1, 0, 0)
    found = mirror()
    assert (found.version, found.name, found.changed_at) == (2, "张三丰", make.NOW + timedelta(days=1))
    assert Contact.objects.due().get() == found


@pytest.mark.parametrize(
    ("first", "then", "name", "expected"),
    [
        (LATER, OLD, "张三", (0, 0, 0, 1)),
        (OLD, LATER, "李四", (0, 1, 0, 0)),
        (OLD, OLD, "李四", (0, 1, 0, 0)),
        (OLD, None, "李四", (0, 1, 0, 0)),
        (None, OLD, "李四", (0, 1, 0, 0)),
    ],
)
def test_the_later_version_stands(tmp_path, first, then, name, expected) -> None:
    take_in(tmp_path, contact(updated_at=first))
    assert counts(take_in(tmp_path, contact(name="李四", updated_at=then))) == expected
    assert mirror().name == name


def test_a_time_of_change_alone_is_no_new_version_but_keeps_older_ones_out(tmp_path) -> None:
    take_in(tmp_path, contact(updated_at=OLD))
    assert counts(take_in(tmp_path, contact(updated_at=LATER))) == (0, 0, 1, 0)
    assert mirror().version == 1
    assert counts(take_in(tmp_path, contact(name="李四", updated_at=OLD))) == (0, 0, 0, 1)


def test_what_a_row_does_not_say_stays(tmp_path) -> None:
    take_in(tmp_path, contact(company="江北示例有限公司", notes="问过价格", level="A", updated_at=OLD))
    take(csv_file(tmp_path, ["source_id", "手机", "area"], ["c1", "13900139000", "渝"]))
    found = mirror()
    assert (found.phone, found.mobile, found.name, found.notes) == ("13900139000", "13900139000", "张三", "问过价格")
    assert (found.kind, found.extra) == ("company", {"level": "A", "area": "渝"})
    assert found.source_updated_at == datetime(2026, 1, 5, tzinfo=UTC)


def test_what_a_row_says_empty_is_emptied(tmp_path) -> None:
    take_in(tmp_path, contact(company="江北示例有限公司"))
    take_in(tmp_path, contact(company="", score=None))
    assert (mirror().company, mirror().kind, mirror().score) == ("", "individual", None)


def test_a_tombstone_needs_only_the_id_and_keeps_the_rest(tmp_path) -> None:
    take_in(tmp_path, contact())
    assert counts(take_in(tmp_path, {"source_id": "c1", "deleted": True}, days=1)) == (0, 1, 0, 0)
    found = mirror()
    assert (found.deleted_at, found.name, found.version) == (make.NOW + timedelta(days=1), "张三", 2)
    assert not Contact.objects.present().exists()


def test_a_tombstone_keeps_its_day(tmp_path) -> None:
    take_in(tmp_path, contact(deleted=True))
    take_in(tmp_path, contact(deleted=True, name="李四"), days=3)
    assert (mirror().deleted_at, mirror().version) == (make.NOW, 2)


def test_a_contact_that_is_spoken_of_again_is_back(tmp_path) -> None:
    take_in(tmp_path, contact(deleted=True))
    assert counts(take_in(tmp_path, contact())) == (0, 1, 0, 0)
    assert mirror().deleted_at is None


def test_interactions_are_added_changed_and_never_lost(tmp_path) -> None:
    take_in(tmp_path, contact(interactions=[{"source_id": "i1", "content": "你好"}, {"source_id": "i2"}]))
    report = take_in(tmp_path, contact(interactions=[{"source_id": "i1", "content": "再见"}, {"source_id": "i3"}]))
    assert counts(report) == (0, 1, 0, 0)
    assert mirror().version == 2
    found = Interaction.objects.filter(contact=mirror()).order_by("source_id")
    assert list(found.values_list("source_id", "content")) == [("i1", "再见"), ("i2", ""), ("i3", "")]


def test_contacts_of_two_hubs_are_two(tmp_path) -> None:
    path = json_file(tmp_path, contact())
    take(path)
    report = ingest.import_file(path, make.hub(name="other"), ACTOR, now=make.NOW)
    assert counts(report) == (1, 0, 0, 0)
    assert Contact.objects.filter(source_id="c1").count() == 2


@pytest.mark.parametrize(
    ("times", "standing"),
    [((None, None), "二"), ((LATER, OLD), "一"), ((OLD, LATER), "二"), ((OLD, OLD), "二"), ((LATER, None), "二")],
)
@pytest.mark.parametrize("between", [0, BATCH + 200])
def test_of_a_repeated_id_one_line_stands(tmp_path, times, standing, between) -> None:
    others = [contact(f"other{number}") for number in range(between)]
    rows = [contact(name="一", updated_at=times[0]), *others, contact(name="二", updated_at=times[1])]
    report = take_in(tmp_path, *rows)
    assert (report.repeated, report.counts.new, mirror().name, mirror().version) == (1, 1 + between, standing, 1)
    again = take_in(tmp_path, *rows)
    assert counts(again) == (0, 0, 1 + between, 0)


def test_a_bad_line_does_not_stand_for_a_good_one(tmp_path) -> None:
    report = take_in(tmp_path, contact(), contact(score="abc"))
    assert (report.repeated, report.bad, mirror().score) == (0, 1, 85.0)


def test_good_rows_are_kept_beside_bad_ones(tmp_path) -> None:
    listed = tmp_path / "list.csv"
    path = csv_file(tmp_path, ["编号", "评分"], ["c1", "85"], ["c2", "abc"], ["", "1"], ["c3", "60"])
    report = take(path, bad_path=listed)
    assert (report.rows, report.bad, counts(report)) == (4, 2, (2, 0, 0, 0))
    assert report.bad_rows_file == str(listed)
    assert [(bad["row"], bad["field"], bad["code"]) for bad in report.bad_rows] == [
        (3, "评分", "intake.not_a_number"),
        (4, "编号", "intake.source_id_missing"),
    ]


def test_rows_add_up(tmp_path) -> None:
    take_in(tmp_path, contact("same"), contact("changed"), contact("stale", updated_at=LATER))
    rows = [contact("same"), contact("changed", name="x"), contact("stale", updated_at=OLD), contact("new")]
    report = take_in(tmp_path, *rows, contact("new"), contact("bad", score="x"))
    told = report.as_json()
    assert [told[name] for name in ("new", "changed", "same", "stale", "bad", "repeated")] == [1] * 6
    assert told["rows"] == 6


def test_a_workbook_is_as_good_as_any(tmp_path) -> None:
    take(workbook(tmp_path, ["编号", "手机", "更新时间"], [1001, 13800138000, 46027]))
    found = mirror("1001")
    assert (found.mobile, found.source_updated_at) == ("13800138000", datetime(2026, 1, 4, 16, tzinfo=UTC))


def test_a_refused_file_stores_nothing(tmp_path) -> None:
    with pytest.raises(FileRefused):
        take(csv_file(tmp_path, ["姓名"], ["张三"]))
    assert not Contact.objects.exists()
    assert not Entry.objects.exists()


def test_every_batch_that_changes_something_has_its_entry(tmp_path) -> None:
    size = BATCH
    take_in(tmp_path, *(contact(f"c{number}") for number in range(size + 1)))
    entries = list(Entry.objects.order_by("id"))
    assert [entry.verb for entry in entries] == ["contact.ingest"] * 2
    assert len({entry.act for entry in entries}) == 1
    told = [entry.after or {} for entry in entries]
    assert [after["new"] for after in told] == [size, 1]
    assert (told[1]["rows"], told[1]["file"]) == ([size + 1, size + 1], "contacts.jsonl")
    assert len(told[0]["digest"]) == 64
    assert (entries[0].subject, entries[0].subject_id, entries[0].actor_name) == (
        "hubconnection",
        make.hub().pk,
        "job:test",
    )


def test_the_next_stage_is_woken_once(tmp_path) -> None:
    take_in(tmp_path, *(contact(f"c{number}") for number in range(3)))
    assert OrmQ.objects.count() == 1


def statements(path) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        take(path)
    return len(captured)


def test_statements_do_not_grow_with_the_rows_of_a_batch(tmp_path) -> None:
    def rows(count: int, name: str):
        return [contact(f"{name}{number}", interactions=[{"source_id": "i"}]) for number in range(count)]

    make.hub()
    few, many = statements(json_file(tmp_path, *rows(2, "a"))), statements(json_file(tmp_path, *rows(400, "b")))
    assert few == many
    known = [{**row, "name": "李四", "interactions": [{"source_id": "j"}]} for row in rows(400, "b")]
    assert statements(json_file(tmp_path, *known)) <= many + 2


def test_a_batch_that_cannot_be_stored_leaves_nothing_of_itself(tmp_path) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE zbsync_entry" + (" CASCADE" if connection.vendor == "postgresql" else ""))
    with pytest.raises(Exception, match="zbsync_entry"):
        take_in(tmp_path, contact())
    assert not Contact.objects.exists()


def test_the_digest_is_of_the_content_and_of_nothing_else(tmp_path) -> None:
    take_in(tmp_path, contact(first_deal_at=OLD, updated_at=OLD))
    first = mirror().digest
    take_in(tmp_path, contact(first_deal_at=OLD, updated_at=LATER, name="李四"))
    assert mirror().digest != first
    take_in(tmp_path, contact(first_deal_at=OLD, updated_at=LATER))
    assert mirror().digest == first
    fields = {**{name: getattr(mirror(), name) for name in COLUMNS}, "deleted": False}
    assert compare.fingerprint(fields) == first


def test_every_column_of_the_mirror_is_written_by_somebody() -> None:
    by_store = {*store.WRITTEN, "version", "proposed_version"}
    columns = {field.column for field in Contact._meta.concrete_fields}
    assert columns - by_store == {"id", "eligible", "followed_version"}


def test_the_preview_shows_what_the_import_does_and_stores_nothing(tmp_path) -> None:
    take_in(tmp_path, contact("a"), contact("b"))
    entries = Entry.objects.count()
    path = json_file(tmp_path, contact("a", name="李四"), contact("b"), contact("c"), contact("d", score="x"))
    seen = ingest.preview_file(path, make.hub())
    assert (Entry.objects.count(), Contact.objects.count()) == (entries, 2)
    done = take(path)
    assert (counts(seen), seen.bad, seen.bad_rows) == (counts(done), done.bad, done.bad_rows)
    assert seen.differences[0] == {
        "row": 1,
        "source_id": "a",
        "kind": "changed",
        "title": "李四",
        "fields": [["name", "张三", "李四"]],
    }
    assert (seen.differences[1]["kind"], seen.differences[1]["title"]) == ("new", "张三")


def test_the_preview_keeps_the_first_two_hundred(tmp_path) -> None:
    rows = [contact(f"c{number}") for number in range(300)] + [contact("", score="x") for _ in range(300)]
    seen = ingest.preview_file(json_file(tmp_path, *rows), make.hub())
    assert (seen.counts.new, seen.bad) == (300, 300)
    assert (len(seen.differences), len(seen.bad_rows)) == (200, 200)


def test_the_preview_tells_of_interactions_and_tombstones(tmp_path) -> None:
    take_in(tmp_path, contact())
    row = {"source_id": "c1", "deleted": True, "interactions": [{"source_id": "i1"}]}
    seen = ingest.preview_file(json_file(tmp_path, row), make.hub())
    assert seen.differences[0]["fields"] == [["deleted", False, True], ["interactions", "", "+1"]]


def test_progress_reaches_the_end(tmp_path) -> None:
    told: dict[str, list] = {"reading": [], "storing": []}
    rows = [contact(f"c{number}") for number in range(BATCH * 2 + 1)]
    take(
        json_file(tmp_path, *rows),
        reading=lambda done, total: told["reading"].append((done, total)),
        storing=lambda done, total: told["storing"].append((done, total)),
    )
    assert told["reading"][-1] == told["storing"][-1] == (len(rows), len(rows))
    assert len(told["storing"]) == 3
