"""Speed and size, as ratios within one run: `python -m tests.bench [name…]`. Not run by pytest."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

Report = Callable[[str], None]


@contextmanager
def throw_away_database(server: str = "", **environment: str) -> Iterator[Path]:
    """Django on a migrated database of its own, a SQLite file or one beside the PostgreSQL database `server`; gives a
    folder, which goes away with everything in it.
    """
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DATABASE_URL"] = fresh(server, "bench") or f"sqlite:///{Path(folder, 'bench.sqlite3')}"
        os.environ |= {"ZBSYNC_SECOND_PERSON_ABOVE": "0", **environment}  # one person does it all here
        os.environ["DJANGO_SETTINGS_MODULE"] = "zbsync.settings"
        os.environ["LOG_LEVEL"] = "WARNING"
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        yield Path(folder)


def fresh(server: str, name: str, *, hasty: bool = False) -> str:
    """Make the empty database `<server>_<name>`, in the place of an older one; its address, "" without a server.

    A hasty one does not wait for the disk: what it loses when the machine loses power is nobody's here.
    """
    if not server:
        return ""
    import psycopg

    made = server if server.endswith(f"_{name}") else f"{server}_{name}"
    host, _, database = made.rpartition("/")
    with psycopg.connect(f"{host}/postgres", autocommit=True) as rows:
        rows.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
        rows.execute(f'CREATE DATABASE "{database}"')
        if hasty:
            rows.execute(f'ALTER DATABASE "{database}" SET synchronous_commit = off')
    return made


@contextmanager
def erp_with(rows: Iterable[Mapping[str, str]], folder: Path, latency_ms: float) -> Iterator[str]:
    """A sandbox ERP in a process of its own, so that its work does not slow ours, with these customers; its address."""
    from zbsync.sandbox.store import Store

    path = folder / "erp.sqlite3"
    filled = Store(str(path))
    filled.add_customers(rows)
    filled.close()
    told = ["--port=0", f"--latency-ms={latency_ms}", "--customers=0", f"--store={path}"]
    with subprocess.Popen([sys.executable, "-m", "zbsync.sandbox", *told], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        try:
            yield child.stdout.readline().strip().removeprefix("sandbox ready ")
        finally:
            child.terminate()


def customers(count: int) -> Iterator[dict[str, str]]:
    """Customers as an ERP has them: most with a number, in many spellings, none with one of ours."""
    for index in range(count):
        digits = f"139{index:08d}"
        spelt = (digits, f"{digits[:3]} {digits[3:7]} {digits[7:]}", f"{digits[:3]}-{digits[3:7]}-{digits[7:]}", "")
        name = f"江北示例机械{index}有限公司"
        yield {"name": name, "khid": f"KH{index:06d}", "mobile": spelt[index % 4], "person_name": f"张示例{index}"}
