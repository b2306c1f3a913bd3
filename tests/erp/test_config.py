"""Settings of a connection: defaults that are safe, and every wrong one named together with its mend."""

from pathlib import Path

import pytest

from tests.erp.support import config
from zbsync.erp.config import ErpConfig


def test_defaults_are_the_safe_ones() -> None:
    plain = ErpConfig("https://erp.example")
    assert plain.verify_tls is True
    assert plain.proxy == ""
    assert plain.timeout_s == 20.0
    assert plain.dialect == "legacy"
    assert plain.login_path == "/webapi/v3/ov1/login"


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("http://erp.example/", "http://erp.example"),
        (" https://erp.example:8443 ", "https://erp.example:8443"),
        ("http://erp.example/crm/", "http://erp.example/crm"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_an_address_is_kept_without_its_trimmings(written: str, kept: str) -> None:
    assert config(base_url=written).base_url == kept


@pytest.mark.parametrize(
    "address",
    [
        "",
        "erp.example",
        "ftp://erp.example",
        "http://",
        "http://erp.example:port",
        "http://erp.example:99999",
        "http://[::1",
        "http://user:word@erp.example",
        "http://erp.example/?session=1",
        "http://erp.example/#top",
    ],
)
def test_an_address_that_leads_nowhere_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="base_url"):
        config(base_url=address)


@pytest.mark.parametrize(
    ("setting", "value", "mend"),
    [
        ("login_path", "webapi/login", "start with a slash"),
        ("serialnum", " ", "serialnum: choose"),
        ("content_type", "text/plain", "use application/json or application/zsml"),
        ("content_type", "application/json；", "content_type"),
        ("timeout_s", 0, "timeout_s must be above 0"),
        ("pace_ms", -1, "pace_ms not below 0"),
        ("page_size", 0, "not between 1 and 500"),
        ("page_size", 501, "not between 1 and 500"),
        ("page_size", "100", "'100' is not a whole number"),
        ("page_size", True, "True is not a whole number"),
        ("timeout_s", "20", "'20' is not a number of seconds"),
        ("pace_ms", None, "None is not a number of milliseconds"),
        ("verify_tls", "0", "'0' is not true or false"),
        ("phrases", "成功", "is not a table of pattern names"),
        ("phrases", {"sucess": "成功"}, "sucess is not known"),
        ("phrases", {"success": "("}, "success is no regular expression"),
        ("phrases", {"asign.success": "成功"}, "phrases: asign is no operation"),
        ("dialect", "v9", "dialect: 'v9' is not known; use legacy, ov1, v3"),
        ("dialects", {"save_unit": "v9"}, "dialects: save_unit: 'v9' is not known"),
        ("dialects", {"save_units": "v3"}, "dialects: save_units is no operation, nor customer.add or customer.edit"),
        ("dialects", "v3", "'v3' is not a table of operations"),
        ("connect_timeout_s", -1, "connect_timeout_s must not be below 0"),
        ("read_timeout_s", "5", "'5' is not a number of seconds"),
        ("proxy", "squid:3128", "proxy: write it as http://host:port"),
        ("proxy", None, "None is not an address"),
        ("ca_file", "/nowhere/at/all.pem", "ca_file: No such file or directory in /nowhere/at/all.pem; it wants PEM"),
        ("columns", {"list_person.pid": "ord"}, "columns: list_person.pid → ord does not fit"),
        ("columns", {"list_persons.pid": "id"}, "columns: list_persons.pid → id does not fit"),
        ("columns", "ord", "'ord' is not a table of columns"),
        ("names", "labels", "names: 'labels' is not ids or names"),
        ("follow_up_list", "replylist.asp", "follow_up_list: 'replylist.asp' must start with a slash"),
    ],
)
def test_a_setting_that_does_not_fit_is_named(setting: str, value: object, mend: str) -> None:
    with pytest.raises(ValueError, match=mend):
        config(**{setting: value})


def test_the_password_does_not_show() -> None:
    assert "hush" not in repr(config(password="hush"))


@pytest.mark.parametrize("kind", ["application/json", "application/zsml"])
def test_both_content_types_of_the_erp_are_taken(kind: str) -> None:
    assert config(content_type=kind).content_type == kind


def test_a_proxys_password_does_not_show() -> None:
    assert "hush" not in repr(config(proxy="http://user:hush@proxy.example:3128"))


def test_a_file_without_authorities_is_named(tmp_path: Path) -> None:
    empty = tmp_path / "ca.pem"
    empty.write_text("no certificate at all")
    with pytest.raises(ValueError, match=r"ca_file: .*it wants PEM"):
        config(ca_file=str(empty))
