"""Columns chosen and a view saved and found again, with a mouse, as a person does it."""

import pytest

from tests.browser.conftest import DESKTOP, PHONE, Opened
from tests.pipeline import reviewing

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LIST = "/admin/zbsync/proposal/?state__exact=ready"


def test_columns_are_chosen_where_they_stand(sit_down: Opened) -> None:
    reviewing.proposal(wechat_id="wx_sample")
    page = sit_down(LIST)
    assert "wx_sample" not in page.locator("#result_list").inner_text()
    page.get_by_text("Columns", exact=True).click()
    page.get_by_label("WeChat id", exact=True).check()
    page.get_by_role("button", name="Use these columns").click()
    assert "wx_sample" in page.locator("#result_list").inner_text()
    assert page.url.endswith(LIST)


def test_a_view_is_saved_used_and_forgotten(sit_down: Opened) -> None:
    reviewing.proposal(title="示例一", channel="广告")
    reviewing.proposal(title="示例二")
    page = sit_down(f"{LIST}&q=示例一")
    page.get_by_text("Save as a view").click()
    page.locator("#zb-view-name").fill("只看示例一")
    page.get_by_label("shared with").select_option(label="reviewer")
    page.get_by_role("button", name="Save", exact=True).click()
    page.goto(page.url.partition("?")[0])
    assert page.locator(".zb-name").count() == 2
    view = page.get_by_role("link", name="只看示例一")
    view.click()
    page.wait_for_url("**view=*")
    assert page.locator(".zb-name").all_inner_texts() == ["示例一"]
    page.get_by_role("button", name="Forget this view").click()
    view.wait_for(state="detached")
    page.wait_for_load_state()
    assert page.locator(".zb-name").count() > 0
    assert view.count() == 0


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_boxes_open_inside_the_window(sit_down: Opened, size: tuple[int, int]) -> None:
    reviewing.proposal()
    page = sit_down(LIST, size)
    for name in ("Save as a view", "Columns"):
        page.get_by_text(name, exact=True).click()
        box = page.locator(".zb-pop[open] .zb-pop__box").last.bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= size[0]
        page.get_by_text(name, exact=True).click()


def test_filters_are_read_as_questions(sit_down: Opened) -> None:
    reviewing.proposal()
    page = sit_down(LIST)
    page.locator(".zb-filters > summary").click()
    shown = [one.inner_text() for one in page.locator("#changelist-filter h2").all() if one.is_visible()]
    assert "What is to be done?" in shown
    assert all(one.endswith("?") for one in shown)


def test_initials_find_a_chinese_name(sit_down: Opened) -> None:
    reviewing.proposal(title="西安丰峰商贸有限公司")
    reviewing.proposal(title="王小明")
    page = sit_down(LIST)
    page.locator("#searchbar").fill("ffsm")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=ffsm**")
    assert page.locator(".zb-name").all_inner_texts() == ["西安丰峰商贸有限公司"]
