"""The main job on one machine: SQLite, the sandbox ERP over real HTTP, sample contacts, worker and web server.

README's first command. Every run may follow another: what is there is kept, what is missing is made. It only starts
and asks what the other commands and the pipeline offer; it holds no step of the flow itself.
"""

import json
import secrets
import shutil
import signal
import socket
import time
import webbrowser
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.core.management.base import CommandParser
from django.db.models import Count

from zbsync.management import base
from zbsync.management.commands.web import HOST, refuse_busy_port
from zbsync.management.processes import Children
from zbsync.models import (
    AssignmentRule,
    Contact,
    ErpConnection,
    ErpRecord,
    Exchange,
    HubConnection,
    Option,
    Proposal,
    Push,
)
from zbsync.pipeline import review
from zbsync.roles import ROLES
from zbsync.sandbox.people import sample

HUB, ERP = "demo-hub", "sandbox"
FOLLOW_UPS = "/sysa/mobilephone/systemmanage/replylist.asp"
"""Where the sandbox lists follow-ups; no page of the vendor's is known."""

STOP_S = 15.0
"""Seconds that a child may take to finish what it has in hand."""


class Command(base.Command):
    """`manage.py demo [--contacts N] [--no-browser] [--once] [--port P]`."""

    help = "Run the main job on this machine, with a sandbox ERP and sample contacts."

    def add_arguments(self, parser: CommandParser) -> None:
        """The contract's options, and the port."""
        parser.add_argument("--contacts", type=int, default=300, metavar="N", help="sample contacts (default 300)")
        parser.add_argument("--port", type=int, default=8000, help="of the web server (default 8000)")
        parser.add_argument("--no-browser", action="store_true", help="do not open a browser")
        parser.add_argument("--once", action="store_true", help="run the flow headless, print what happened, exit")

    def handle(self, *args: Any, **options: Any) -> None:
        """Set up, run, and stop everything that was started."""
        if settings.ZBSYNC.live:
            raise CommandError("demo runs in sandbox mode only: unset ZBSYNC_MODE", returncode=2)
        if not 1 <= options["contacts"] <= 1_000_000:
            raise CommandError("--contacts takes a number from 1 to 1000000", returncode=2)
        if not options["once"]:
            refuse_busy_port(HOST, options["port"])
        signal.signal(signal.SIGTERM, _stop)
        children = Children(settings.ROOT, patience_s=STOP_S)
        try:
            self._set_up(children, options["contacts"])
            if options["once"]:
                self._run_once()
            else:
                self._serve(children, options["port"], browser=not options["no_browser"])
        except KeyboardInterrupt:
            self._say("stopping …")
            if options["once"]:
                raise CommandError("stopped before the flow was through; start it again, it goes on") from None
        finally:
            children.stop()

    def _say(self, text: str) -> None:
        self.stderr.write(f"demo: {text}")

    def _set_up(self, children: Children, contacts: int) -> None:
        """Database, sandbox ERP, connections, dictionaries, contacts."""
        self._say("database, roles, gate, mapping")
        call_command("bootstrap", stdout=self.stderr)
        self._say("sandbox ERP")
        url = _start_sandbox(children)
        call_command("connect_hub", HUB, kind="file", stdout=self.stderr)
        call_command(
            "connect_erp",
            ERP,
            base_url=url,
            dialect="legacy",
            username_env="ZBSYNC_SANDBOX_USER",
            password_env="ZBSYNC_SANDBOX_PASSWORD",  # noqa: S106 - the name of a variable
            lanes=4,
            option=["sort1=意向客户/初步接触", f"follow_up_list={FOLLOW_UPS}"],
            stdout=self.stderr,
        )
        self._say("survey of the ERP's options and customers")
        call_command("survey", ERP, stdout=self.stderr)
        _fill_lists()
        self._say(f"{contacts} sample contacts")
        call_command("import_contacts", str(_write_contacts(contacts)), hub=HUB, stdout=self.stderr)

    def _run_once(self) -> None:
        """The whole flow in the foreground: a reviewer approves, an administrator is the second person."""
        accounts = _accounts()
        first, second = (get_user_model().objects.get(username=_name(role)) for role in ("reviewer", "administrator"))
        self._say(f"gate, mapping, match; {len(accounts)} accounts ready")
        call_command("run", until_idle=True, stdout=self.stderr)
        for what in ("customers", "what follows them"):
            act = review.acts.ask(Proposal.objects.for_review(), "approve", first, review.acts.Wish("demo --once"))
            for row_id in act.sample:
                review.acts.look(act, row_id, second)
            if act.wants_second:
                review.acts.confirm(act, second)
            call_command("run", until_idle=True, stdout=self.stderr)
            act.refresh_from_db()
            self._say(f"{what}: approved {act.taken}, left out {act.left_out}; pushed")
        self.stdout.write(_table())

    def _serve(self, children: Children, port: int, *, browser: bool) -> None:
        """Worker and web server until Ctrl-C."""
        accounts = _accounts()
        children.start("worker", "manage.py", "worker")
        children.start("web", "manage.py", "web", "--port", str(port))
        address = f"http://{HOST}:{port}/admin/"
        _wait_for(port, children)
        width = max(map(len, accounts))
        lines = [f"  {name:{width}}  {password}" for name, password in accounts.items()]
        head = ["", f"zbsync is running at {address}", "", "accounts:"]
        self.stdout.write("\n".join([*head, *lines, "", "Ctrl-C stops it."]))
        self.stdout.flush()
        if browser:
            webbrowser.open(address)
        while not (gone := children.ended()):
            time.sleep(0.5)
        raise CommandError(f"{gone} stopped by itself: its last words stand above")


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    """SIGTERM ends a demo as Ctrl-C does."""
    raise KeyboardInterrupt


def _start_sandbox(children: Children) -> str:
    """Start the sandbox with a store that outlives it; returns its address."""
    store = settings.VAR / "sandbox.sqlite3"
    child = children.start("sandbox", "-m", "zbsync.sandbox", "--store", str(store), "--seed", "1", listen=True)
    assert child.stdout is not None  # noqa: S101 - listen=True
    line = child.stdout.readline()
    if "ready" not in line:
        raise CommandError("the sandbox ERP did not start: its last words stand above")
    return line.split()[-1]


def _fill_lists() -> None:
    """Who gets new customers, of the sandbox's users: what a person has to say of a real ERP."""
    users = Option.objects.current().filter(vocabulary__connection__name=ERP, vocabulary__name="users").order_by("pk")
    names = list(users.values_list("path", flat=True))
    rules = AssignmentRule.objects.filter(connection__name=ERP, open_to_all=False, users=[]).order_by("position")
    for rule, chosen in zip(rules, (names[:2], names[-1:]), strict=False):  # who stands between may not log in there
        rule.users = chosen
        rule.save()


def _write_contacts(count: int) -> Path:
    """The sample as a JSON Lines file, where a person can look at it."""
    path: Path = settings.VAR / "demo-contacts.jsonl"
    _, contacts = sample(1, count)
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(contact, ensure_ascii=False) + "\n" for contact in contacts)
    return path


def _name(role: str) -> str:
    return f"demo-{role}"


def _accounts() -> dict[str, str]:
    """One account per role; the passwords are made once and kept in var/, readable by this user only."""
    kept: Path = settings.VAR / "demo-accounts.json"
    passwords = json.loads(kept.read_text()) if kept.exists() else {}
    for role in ROLES:
        name = _name(role)
        password = passwords.setdefault(name, secrets.token_urlsafe(9))
        user, _ = get_user_model().objects.get_or_create(username=name, defaults={"is_staff": True})
        user.groups.set([Group.objects.get(name=role)])
        if not user.check_password(password):
            user.set_password(password)
        user.is_staff = True
        user.save()
    kept.touch(mode=0o600)
    kept.write_text(json.dumps(passwords, indent=1))
    return passwords


def _wait_for(port: int, children: Children) -> None:
    """Until the web server answers; a child that dies meanwhile ends the demo."""
    until = time.monotonic() + 60
    while time.monotonic() < until and not children.ended():
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.1)
    raise CommandError(f"{children.ended() or 'the web server'} did not come up: its last words stand above")


def _table() -> str:
    """What happened, as a table for people."""
    rows: list[tuple[str, str, int]] = []
    hub, erp = HubConnection.objects.get(name=HUB), ErpConnection.objects.get(name=ERP)
    contacts = Contact.objects.filter(hub=hub)
    rows.append(("contacts", "in the mirror", contacts.count()))
    rows.append(("contacts", "eligible", contacts.filter(eligible=True).count()))
    for title, model in (("proposals", Proposal), ("pushes", Push)):
        counted = model._default_manager.filter(connection=erp).order_by("state").values_list("state")
        rows += [(title, state, count) for state, count in counted.annotate(n=Count("id"))]
    pushed = Push.objects.filter(connection=erp).order_by("operation", "state").values_list("operation", "state")
    rows += [(operation, state, count) for operation, state, count in pushed.annotate(n=Count("id"))]
    held = Proposal.objects.filter(connection=erp, state="blocked").order_by("cause").values_list("cause")
    rows += [("held back", cause, count) for cause, count in held.annotate(n=Count("id"))]
    waiting = Proposal.objects.filter(connection=erp, state="ready").order_by("cause", "match_kind")
    for cause, match, count in waiting.values_list("cause", "match_kind").annotate(n=Count("id")):
        rows.append(("for a person", cause or match, count))
    rows.append(("ERP", "customers mirrored", ErpRecord.objects.filter(connection=erp).count()))
    rows.append(("ERP", "calls", Exchange.objects.filter(connection=erp).count()))
    widths = [max(len(str(row[column])) for row in rows) for column in range(3)]
    width = min(shutil.get_terminal_size().columns, sum(widths) + 4)
    line = "-" * width
    shown = [f"{title:{widths[0]}}  {what:{widths[1]}}  {count:>{widths[2]}}" for title, what, count in rows]
    return "\n".join([line, *shown, line])
