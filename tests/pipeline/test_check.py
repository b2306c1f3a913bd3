"""`connect_erp --check`: whatever is wrong is told in words, each time with a real server, proxy or certificate."""

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings
from django.utils import translation

from tests.models import make
from zbsync.models import ErpConnection
from zbsync.pipeline import lanes, wiring
from zbsync.sandbox.app import Sandbox, running

pytestmark = pytest.mark.django_db

WORDS = {"ERP_USER": "demo", "ERP_PASSWORD": "demo-pass"}


@pytest.fixture(autouse=True)
def account() -> Iterator[None]:
    with override_settings(ZBSYNC_SECRET=WORDS.get):
        yield
    lanes.forget_sessions()


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running(customers=0) as started:
        yield started


def check(base_url: str, *options: str, dialect: str = "legacy") -> str:
    """What the command says."""
    said = StringIO()
    given = [word for option in options for word in ("--option", option)]
    arguments = ["--base-url", base_url, "--dialect", dialect, "--username-env", "ERP_USER"]
    call_command(
        "connect_erp", "main", *arguments, "--password-env", "ERP_PASSWORD", *given, "--timeout", "3", "--check",
        stdout=said,
    )  # fmt: skip
    return said.getvalue()


def trouble(base_url: str, *options: str) -> str:
    """The one line it ends with; the connection is stored all the same."""
    with pytest.raises(CommandError) as caught:
        check(base_url, *options)
    assert caught.value.returncode == 1
    assert ErpConnection.objects.filter(name="main").exists()
    return str(caught.value)


class Page(BaseHTTPRequestHandler):
    """Answers everything alike."""

    status, body = 200, "<html><title>统一门户</title></html>".encode()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Nothing."""


@contextmanager
def serving(status: int, body: bytes, context: ssl.SSLContext | None = None) -> Iterator[str]:
    """A server that answers everything with this."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("One", (Page,), {"status": status, "body": body}))
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"{'https' if context else 'http'}://localhost:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost that no public authority knows, with its key beside it."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl to make a certificate with")
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
         "subjectAltName=DNS:localhost", "-keyout", str(folder / "key.pem"), "-out", str(folder / "ca.pem")],
        check=True, capture_output=True,
    )  # fmt: skip
    return folder / "ca.pem"


@pytest.fixture
def own_tls(authority: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority, authority.with_name("key.pem"))
    return context


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_a_server_nobody_vouches_for_is_told_with_the_way_out(own_tls: ssl.SSLContext, authority: Path) -> None:
    with serving(404, b"", own_tls) as url:
        said = trouble(url)
        assert "encryption with the server failed" in said
        assert "certificate verify failed" in said.lower()
        assert "ca_file=FILE" in said
        assert "There is no such page" in trouble(url, f"ca_file={authority}"), "now it is spoken to"
        assert "There is no such page" in trouble(url, "ca_file=", "verify_tls=false")


def test_https_where_only_http_is_spoken_is_told() -> None:
    with serving(200, b"") as url:
        assert "encryption with the server failed" in trouble(url.replace("http:", "https:"))


def test_a_proxy_that_is_not_there_is_told_as_one() -> None:
    said = trouble("http://erp.example", f"proxy=http://127.0.0.1:{closed_port()}")
    assert "The proxy does not let it through" in said


def test_a_proxy_that_says_no_is_told_as_one() -> None:
    with serving(403, b"no") as url:
        assert "The proxy does not let it through" in trouble("https://erp.example", f"proxy={url}")


def test_a_proxy_with_a_password_is_named_by_a_variable() -> None:
    with serving(404, b"") as url, override_settings(ZBSYNC_SECRET=(WORDS | {"WAY": url}).get):
        assert "There is no such page: http://erp.example/" in trouble("http://erp.example", "proxy_env=WAY")
        with pytest.raises(wiring.WiringError, match="NOWHERE"):
            wiring.config_for(make.erp(options={"proxy_env": "NOWHERE"}))


def test_a_name_nobody_has_is_told() -> None:
    assert "No server has this name" in trouble("http://nowhere.invalid")


def test_a_port_nobody_listens_at_is_told() -> None:
    assert "Nobody listens at this address" in trouble(f"http://127.0.0.1:{closed_port()}")


def test_a_server_that_takes_the_call_and_keeps_silent_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        said = trouble(f"http://127.0.0.1:{listener.getsockname()[1]}", "read_timeout_s=0.2")
    assert "No whole answer came from http://127.0.0.1" in said


def test_a_wrong_path_is_told_with_the_address_that_was_asked(sandbox: Sandbox) -> None:
    said = trouble(f"{sandbox.url}/somewhere/else")
    assert "There is no such page" in said
    assert "/somewhere/else/sysa/mobilephone/login.asp" in said


def test_a_page_for_people_is_told_with_its_title() -> None:
    with serving(200, Page.body) as url:
        said = trouble(url)
    assert "A web page came instead of data" in said
    assert "统一门户" in said


def test_another_program_is_told() -> None:
    with serving(200, b'{"hello": "world"}') as url:
        assert "Check that it is a 智邦 ERP" in trouble(url)


def test_a_broken_server_is_told() -> None:
    with serving(500, b"oops") as url:
        said = trouble(url)
    assert "server failed at http://localhost" in said
    assert "oops" in said


def test_a_refused_account_is_told_in_the_erps_own_words(sandbox: Sandbox) -> None:
    with override_settings(ZBSYNC_SECRET=(WORDS | {"ERP_PASSWORD": "wrong"}).get):
        said = trouble(sandbox.url)
    assert "does not let the account in: “用户名或密码错误" in said
    assert "wrong" not in said


def test_an_account_without_mobile_login_is_told(sandbox: Sandbox) -> None:
    with override_settings(ZBSYNC_SECRET={"ERP_USER": "wulei", "ERP_PASSWORD": "wulei-pass"}.get):
        assert "不允许移动登录" in trouble(sandbox.url)


def test_a_captcha_is_told(sandbox: Sandbox) -> None:
    check(sandbox.url)
    serial = ErpConnection.objects.get(name="main").serialnum
    sandbox.store.count_failure(serial, 3)
    lanes.forget_sessions()
    said = trouble(sandbox.url)
    assert "asks for a captcha: “登录失败次数过多，请输入验证码！”" in said
    assert ErpConnection.objects.get(name="main").pause_cause == "captcha"


def test_an_account_that_sees_nothing_is_told_though_all_is_well(sandbox: Sandbox) -> None:
    said = check(sandbox.url)
    assert "checked: logged in; 0 customers" in said
    assert "lacks the right to see them" in said
    sandbox.store.add_customers([{"name": "甲"}])
    assert "lacks the right" not in check(sandbox.url)


@pytest.mark.parametrize("dialect", ["legacy", "ov1", "v3"])
def test_every_dialect_is_checked(sandbox: Sandbox, dialect: str) -> None:
    assert "customer sources are readable" in check(sandbox.url, dialect=dialect)


def test_it_is_told_in_chinese_to_who_reads_chinese(sandbox: Sandbox) -> None:
    with translation.override("zh-hans"):
        assert "没有这个页面" in trouble(f"{sandbox.url}/elsewhere")


@pytest.mark.parametrize(
    ("option", "mend"),
    [
        ("ca_file=/nowhere/at/all.pem", "wants PEM"),
        ("proxy=squid:3128", "http://host:port"),
        ("proxy=http://user:word@squid:3128", "proxy_env=NAME"),
        ("proxy_env=a b", "ERP_PROXY"),
        ("connect_timeout_s=soon", "5, 0.5"),
        ("read_timeout_s=-1", "5, 0.5"),
    ],
)
def test_a_way_that_cannot_be_gone_is_not_stored(option: str, mend: str) -> None:
    with pytest.raises(CommandError, match=mend) as caught:
        check("http://erp.example", option)
    assert caught.value.returncode == 2
    assert "user:word" not in str(caught.value)
    assert not ErpConnection.objects.exists()
