"""The ERP's dictionaries: read whole, stored as options; what vanished is retired, what came back is revived."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from zbsync.core.lifecycle import PROPOSAL_OPEN
from zbsync.erp.catalogue import FIELDS, VOCABULARIES
from zbsync.erp.client import ErpClient, Node, OptionRow
from zbsync.models import ErpConnection, Option, Proposal, Vocabulary
from zbsync.pipeline import bulk

Entry = tuple[str, str, str]
"""Code, label, path."""


@dataclass(slots=True)
class Change:
    """What a survey did to one dictionary. `options` are those the ERP has now."""

    options: int = 0
    added: int = 0
    renamed: int = 0
    retired: tuple[str, ...] = ()

    @property
    def moved(self) -> bool:
        """Whether a mapping may come to another result."""
        return bool(self.added or self.renamed or self.retired)

    def as_json(self) -> dict[str, int]:
        """`{"options", "retired"}`."""
        return {"options": self.options, "retired": len(self.retired)}


def questions() -> Iterator[tuple[str, Callable[[ErpClient], list[Entry]]]]:
    """One question for each dictionary, tagged with its name."""
    for name, known in VOCABULARIES.items():
        yield name, _tree(name) if known.tree else _flat(name)


def _flat(name: str) -> Callable[[ErpClient], list[Entry]]:
    def ask(client: ErpClient) -> list[Entry]:
        rows: list[OptionRow] = client.options(name)
        return [(row.code.strip(), row.label.strip(), row.label.strip()) for row in rows]

    return ask


def _tree(name: str) -> Callable[[ErpClient], list[Entry]]:
    def ask(client: ErpClient) -> list[Entry]:
        return [entry for top in client.tree(name) for path in top.walk() if (entry := _entry(name, path))]

    return ask


def _entry(name: str, path: tuple[Node, ...]) -> Entry | None:
    """What of a tree can be chosen: a stage as the pair the ERP wants, a user but no department, any area."""
    node, labels = path[-1], [one.label.strip() for one in path]
    code = node.code.strip()
    if name == "stage":
        if len(path) < 2:
            return None
        code = f"{path[0].code.strip()},{code}"
    elif name == "users" and (node.children or code in {"", "0"}):
        return None
    return code, labels[-1], "/".join(labels)


def store(connection: ErpConnection, name: str, entries: Iterable[Entry], now: datetime) -> Change:
    """Bring the options of one dictionary in line with the ERP, in the caller's transaction."""
    vocabulary, _ = Vocabulary.objects.select_for_update().get_or_create(connection=connection, name=name)
    vocabulary.surveyed_at = now
    vocabulary.save(update_fields=["surveyed_at"])
    said = {code: (label[:200], path[:500]) for code, label, path in entries if code}
    known = {row.code: row for row in Option.objects.filter(vocabulary=vocabulary)}
    new = [
        Option(vocabulary=vocabulary, code=code, label=label, path=path)
        for code, (label, path) in said.items()
        if code not in known
    ]
    renamed, retired = [], []
    for code, row in known.items():
        if code not in said:
            if row.retired_at is None:
                row.retired_at = now
                retired.append(row)
        elif row.retired_at is not None or (row.label, row.path) != said[code]:
            row.retired_at, (row.label, row.path) = None, said[code]
            renamed.append(row)
    bulk.insert(new)
    bulk.update([*renamed, *retired], ("label", "path", "retired_at"))
    return Change(len(said), len(new), len(renamed), tuple(row.code for row in retired))


def affected(connection: ErpConnection, changes: dict[str, Change]) -> Q:
    """The contacts whose mapping may come out otherwise now: held by a finding, or using what was retired."""
    open_rows = Proposal.objects.filter(connection=connection, state__in=[state.value for state in PROPOSAL_OPEN])
    held = Q(has_errors=True) & (Q(cause__startswith="mapping.") | Q(cause__startswith="payload."))
    for spec in FIELDS.values():
        change: Any = changes.get(spec.vocabulary)
        if change is not None and change.retired:
            held |= Q(**{f"payload__{spec.name}__in": list(change.retired)})
    return Q(pk__in=open_rows.filter(held).values("contact_id"))
