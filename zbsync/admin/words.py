"""Codes of the ERP's dictionaries as the words people know them by. Used by every page that shows ERP fields."""

from collections.abc import Mapping

from zbsync.core.payload import FieldSpec
from zbsync.erp.catalogue import FIELDS
from zbsync.models import ErpConnection
from zbsync.pipeline import following, tables

MANY_OPTIONS = 400
"""Above so many entries of a dictionary the value is typed by its name instead of being chosen."""


class Words:
    """Codes of the ERP's dictionaries as words, for one connection; `specs` are the fields spoken of."""

    def __init__(self, connection: ErpConnection, specs: Mapping[str, FieldSpec] = FIELDS) -> None:
        self._options = following.options(tables.targets([connection])[0].tables.options)
        self._specs = specs
        self._named: dict[str, dict[str, str]] = {}

    def of(self, target: str, value: str) -> str:
        """The option's name; "" for what is no option."""
        spec = self._specs.get(target)
        return self._names(spec.vocabulary).get(value, "") if spec and spec.vocabulary else ""

    def _names(self, vocabulary: str) -> dict[str, str]:
        """Code → name of one dictionary, turned round once."""
        if vocabulary not in self._named:
            self._named[vocabulary] = {code: name for name, code in self._options.get(vocabulary, {}).items()}
        return self._named[vocabulary]

    def caption(self, target: str) -> str:
        """What the ERP calls a field."""
        return self._specs[target].caption if target in self._specs else target

    def shown(self, target: str, value: str) -> str:
        """The option's name, or the value itself."""
        return self.of(target, value) or value

    def options(self, spec: FieldSpec) -> list[tuple[str, str]]:
        """(code, name) to choose from; [] when there are none, or too many to choose from."""
        known = self._options.get(spec.vocabulary, {}) if spec.vocabulary else {}
        return [(code, name) for name, code in known.items()] if len(known) <= MANY_OPTIONS else []
