"""A past push under any version of the mapping: what was sent then beside what would be sent now. Nothing is sent.

The contact is read as it stands in the mirror today, for older versions of it are not kept; whether it moved since is
said. The ERP record is the one the approval was given against, and a person's edits are laid over, as they were then.
"""

from dataclasses import dataclass

from zbsync.core.diff import changes, written
from zbsync.core.findings import Finding
from zbsync.core.mapping import MappingError, compile_mapping
from zbsync.erp.catalogue import FIELDS
from zbsync.models import Action, Push
from zbsync.models import Mapping as MappingRow
from zbsync.pipeline import customers, tables


@dataclass(frozen=True, slots=True)
class Sent:
    """One field: what was sent and what would be, "" for nothing, each as the name of its option where it is one."""

    target: str
    then: str
    now: str
    edited: bool

    @property
    def differs(self) -> bool:
        """Whether the version would say something else."""
        return self.then != self.now


@dataclass(frozen=True, slots=True)
class Replay:
    """All fields that either says, in the order of the ERP's form; `findings` of the version, `moved` when the contact
    is not the one that was approved.
    """

    fields: list[Sent]
    findings: list[Finding]
    moved: bool


class NoReplay(Exception):
    """A push that no mapping made, or a version that cannot work; `code` says which."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def replay(push: Push, mapping: MappingRow) -> Replay:
    """What `mapping` would send for a push. Raises NoReplay (`replay.no_mapping`, `replay.cannot_work`)."""
    if push.operation != tables.OPERATION:
        raise NoReplay("replay.no_mapping")
    try:
        plan = compile_mapping(tables.read_rules(mapping), FIELDS)
    except MappingError:
        raise NoReplay("replay.cannot_work") from None
    target = tables.targets([push.connection])[0]
    proposal, contact = push.proposal, push.contact
    ((_contact, record),) = customers.contacts.records([contact], interactions=True, deals=True)
    mapped = plan.apply(record, target.tables)
    edits = {name: str(one.get("value") or "") for name, one in proposal.edits.items()}
    values = {name: value for name, value in {**mapped.values, **edits}.items() if value}
    if push.action == Action.UPDATE:
        made = changes(values, plan.policies(mapped.kind), proposal.erp_values, FIELDS)
        values = written(made)
    then = {name: push.labels.get(name) or _named(target, name, str(value)) for name, value in push.payload.items()}
    now = {name: _named(target, name, value) for name, value in values.items()}
    told = [name for name in FIELDS if name in then or name in now]
    return Replay(
        [Sent(name, str(then.get(name, "")), now.get(name, ""), name in edits) for name in told],
        mapped.findings,
        contact.version != proposal.contact_version or contact.deleted_at is not None,
    )


def _named(target: tables.Target, field: str, value: str) -> str:
    """An option by its name, anything else as it is."""
    vocabulary = FIELDS[field].vocabulary if field in FIELDS else ""
    return target.tables.labels.get(vocabulary, {}).get(value, value) if vocabulary else value
