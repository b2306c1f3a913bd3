"""Verifying: walk a stream of seals and rows, and name the first row that is not as it was sealed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from zbsync.core.chain import PRUNE, START, link
from zbsync.core.records import JSONObject
from zbsync.pipeline.seal.sealing import TABLES, Progress
from zbsync.pipeline.seal.stream import Record


@dataclass(slots=True)
class Report:
    """What verifying found: how many rows held, and the first that did not (`why`, `table`, `id`), if any. `pruned` are
    rows that are gone as an entry of the chain announced.
    """

    checked: dict[str, int] = field(default_factory=lambda: dict.fromkeys((*TABLES, "seal"), 0))
    why: str = ""
    table: str = ""
    id: int | None = None
    pruned: int = 0

    @property
    def ok(self) -> bool:
        """Whether everything held."""
        return not self.why

    def as_json(self) -> JSONObject:
        """`{"ok", "checked": {table: n}, "bad": null | {"why", "table", "id"}}`, with `"pruned": n` if rows were."""
        bad = None if self.ok else {"why": self.why, "table": self.table, "id": self.id}
        pruned = {"pruned": self.pruned} if self.pruned else {}
        return {"ok": self.ok, "checked": self.checked, **pruned, "bad": bad}

    def blame(self, why: str, table: str, row_id: int | None) -> None:
        """Note what is wrong; only the first counts."""
        if self.ok:
            self.why, self.table, self.id = why, table, row_id


@dataclass(slots=True)
class _Chain:
    """How far one table's chain has been walked."""

    name: str
    report: Report
    hash: str | None
    first_id: int = 0
    last_id: int = 0
    seal: JSONObject = field(default_factory=dict)
    left: int = 0
    walked: str = START
    announced: dict[int, str] = field(default_factory=dict)

    def announce(self, last_id: int, hash_: str) -> None:
        """Rows up to `last_id` may be gone; the seal there must have this hash."""
        self.announced[last_id] = hash_

    def open(self, seal: JSONObject) -> None:
        """A seal: the one before must be complete, and this one must name it."""
        self.close()
        follows = self.hash is None or seal["previous"] == self.hash
        if not follows or seal["first_id"] <= self.last_id or seal["count"] < 1:
            self.report.blame("chain.seal_altered", self.name, seal["first_id"])
        self.first_id = self.first_id or seal["first_id"]
        self.seal, self.left, self.walked, self.last_id = seal, seal["count"], seal["previous"], seal["first_id"] - 1
        self.report.checked["seal"] += 1

    def row(self, row: JSONObject) -> None:
        """A row: in its place below the open seal, and the last of a run must give the seal's hash."""
        row_id = row["id"]
        if not self.left or not self.last_id < row_id <= self.seal["last_id"]:
            self.report.blame("chain.row_added", self.name, row_id)
            return
        self.walked, self.last_id, self.left = link(self.walked, row), row_id, self.left - 1
        self.report.checked[self.name] += 1
        if not self.left:
            if self.walked != self.seal["hash"]:
                self.report.blame("chain.row_altered", self.name, self.seal["first_id"])
            self.hash = self.seal["hash"]

    def close(self) -> None:
        """Behind the last row of a run: none may be missing, unless all of it went as announced."""
        if self.left and self.left == self.seal["count"] and self.seal["last_id"] <= max(self.announced, default=0):
            self.report.pruned += self.left
            self.hash, self.last_id = self.seal["hash"], self.seal["last_id"]
        elif self.left:
            missing = self.seal["first_id"] if self.left == self.seal["count"] else self.last_id + 1
            self.report.blame("chain.row_missing", self.name, missing)
        self.left = 0
        if self.seal and self.announced.get(self.seal["last_id"], self.seal["hash"]) != self.seal["hash"]:
            self.report.blame("chain.seal_altered", self.name, self.seal["last_id"])


def verify(
    told: Iterable[Record], checkpoint: Mapping[str, JSONObject] | None = None, progress: Progress | None = None
) -> Report:
    """Walk a stream of records; the report names the first bad row. Memory does not grow with the stream.

    `checkpoint` is the sum at the end of an earlier export: its last seals must be met with the same hashes.
    """
    walk = _Walk(checkpoint or {})
    for number, (kind, row) in enumerate(told):
        try:
            walk.step(kind, row)
        except (KeyError, TypeError):
            walk.report.blame("chain.unreadable", kind, None)
        if not walk.report.ok:
            return walk.report
        if progress is not None and number % 1000 == 0:
            progress(number, None)
    walk.finish()
    return walk.report


class _Walk:
    """One pass over a stream."""

    def __init__(self, checkpoint: Mapping[str, JSONObject]) -> None:
        self.report = Report()
        self._chains: dict[str, _Chain] = {}
        self._owed = {(name, one["last_id"]): one["hash"] for name, one in checkpoint.items() if one["last_id"]}
        self._start: str | None = START
        self._end: JSONObject | None = None

    def step(self, kind: str, row: JSONObject) -> None:
        """One record. Raises KeyError or TypeError when it is not shaped like one."""
        if kind == "export":
            self._start = None if row["since"] else START
        elif kind == "end":
            self._end = row
        elif kind == "seal":
            self._chain(row["of"]).open(row)
            if self._owed.pop((row["of"], row["last_id"]), row["hash"]) != row["hash"]:
                self.report.blame("chain.not_the_checkpoint", row["of"], row["last_id"])
        else:
            self._chain(kind).row(row)
            if kind == "entry" and row["verb"] == PRUNE:
                self._chain("exchange").announce(row["after"]["last_id"], row["after"]["hash"])

    def _chain(self, name: str) -> _Chain:
        if name not in TABLES:
            raise KeyError(name)
        return self._chains.setdefault(name, _Chain(name, self.report, self._start))

    def finish(self) -> None:
        """Nothing may be left open, cut off, or owed to the checkpoint (but for what lies before a part)."""
        for chain in self._chains.values():
            chain.close()
        _check_end(self.report, self._chains, self._end)
        for name, row_id in sorted(self._owed):
            chain_ = self._chains.get(name)
            before_the_part = self._start is None and (chain_ is None or row_id < chain_.first_id)
            if not before_the_part:
                self.report.blame("chain.checkpoint_missing", name, row_id)


def _check_end(report: Report, chains: Mapping[str, _Chain], end: JSONObject | None) -> None:
    """The end must be there and sum up what was walked: a tail that was cut off shows here."""
    if end is None:
        report.blame("chain.cut_off", "end", None)
        return
    for name in TABLES:
        chain, said = chains.get(name), end.get(name, {})
        gone = report.pruned if name == "exchange" else 0
        walked = (report.checked[name] + gone, chain.last_id if chain else 0)
        if chain is not None and chain.hash != said.get("hash"):
            report.blame("chain.seal_altered", name, chain.last_id)
        elif walked != (said.get("count"), said.get("last_id")):
            report.blame("chain.cut_off", name, walked[1])
