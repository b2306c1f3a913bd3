"""The column that names are found by: kept by the database whatever writes it, on either of them."""

import pytest
from django.db import connection

from tests.models import make
from zbsync.core.sought import index_text
from zbsync.models import Proposal, sought

pytestmark = pytest.mark.django_db


def found(text: str) -> set[str]:
    return set(Proposal.objects.filter(sought__says=text).values_list("title", flat=True))


@pytest.fixture
def some() -> None:
    make.proposal(title="西安丰峰商贸 有限公司", person="孙国")
    make.proposal(title="王小明", person="王小明")
    make.proposal(title="王明小", person="")


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("丰峰", {"西安丰峰商贸 有限公司"}),
        ("商贸有限公司", {"西安丰峰商贸 有限公司"}),
        ("孙国", {"西安丰峰商贸 有限公司"}),
        ("ffsm", {"西安丰峰商贸 有限公司"}),
        ("sg", {"西安丰峰商贸 有限公司"}),
        ("小明", {"王小明"}),
        ("wxm", {"王小明"}),
        ("王", {"王小明", "王明小"}),
        ("明王", set()),
        ("王小小", set()),
        ('"', set()),
        ("%", set()),
        ("AND", set()),
    ],
)
def test_what_has_the_text_in_it_is_found(some, text, titles) -> None:
    assert found(text) == titles


def test_it_follows_a_name_that_changes_and_a_row_that_goes(some) -> None:
    rows = Proposal.objects.filter(title="王小明")
    rows.update(sought=index_text("李四"), title="李四")
    assert (found("王小"), found("李四")) == (set(), {"李四"})
    Proposal.objects.filter(title="李四").delete()
    assert found("李四") == set()


def test_it_may_be_combined_with_other_conditions(some) -> None:
    rows = Proposal.objects.filter(sought__says="王").exclude(title="王小明")
    assert [row.title for row in rows] == ["王明小"]


def test_the_index_is_there_after_all_migrations() -> None:
    """Making the table anew, as migrations on SQLite do, drops triggers: such a one calls `sought.install` again."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT indexname FROM pg_indexes WHERE tablename = %s", [sought.TABLE])
            assert (sought.INDEX,) in cursor.fetchall()
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [sought.TABLE])
            names = {name for (name,) in cursor.fetchall()}
            assert names == {f"{sought.FULL_TEXT}_{one}" for one in ("new", "gone", "moved")}


def test_it_can_be_taken_away_and_put_back(some) -> None:
    connection.check_constraints()  # PostgreSQL makes no index while rows of this transaction wait to be checked
    sought.remove(connection)
    sought.install(connection)
    sought.install(connection)
    make.proposal(title="赵六")
    assert (found("赵六"), found("小明")) == ({"赵六"}, {"王小明"})
