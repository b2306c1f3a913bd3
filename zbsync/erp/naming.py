"""Names of options, for a door that is told names instead of ids.

Used by `client` for what its caller did not name. A dictionary is read once in a lane's life: options that come later
are the survey's to find, and a caller that knows them names them.
"""

from collections.abc import Callable, Mapping

from zbsync.erp.catalogue import FIELDS, NAMED_FIELDS, VOCABULARIES
from zbsync.erp.commands import Node, OptionRow

NAMED = NAMED_FIELDS | {"sort1"}


class Unnamed(ValueError):
    """A code without a name that can be said: the ERP's dictionary does not have it, or no name for it."""

    def __init__(self, field: str, value: str, vocabulary: str) -> None:
        super().__init__(f"{field}: {value} has no name in {vocabulary}")
        self.field, self.value, self.vocabulary = field, value, vocabulary


def halves(label: str) -> tuple[str, ...]:
    """Category and stage of the name of a stage; () when it does not have just these two."""
    parts = tuple(part.strip() for part in label.replace("/", ",").split(","))
    return parts if len(parts) == 2 and all(parts) else ()


def fits(field: str, label: str) -> bool:
    """Whether a door that is told names can say this option by this label."""
    return bool(halves(label)) if field == "sort1" else bool(label.strip())


class Naming:
    """One lane's dictionaries; `options` and `tree` read one by its name, and may raise an ErpError."""

    def __init__(self, options: Callable[[str], list[OptionRow]], tree: Callable[[str], list[Node]]) -> None:
        self._options = options
        self._tree = tree
        self._read: dict[str, dict[str, str]] = {}

    def labels(self, fields: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
        """A name for each option among the fields; those given stand, if they can be said. Raises Unnamed."""
        missing = [name for name in fields if name in NAMED and fields[name] and not fits(name, given.get(name, ""))]
        return {**given, **{name: self._label(name, fields[name]) for name in missing}}

    def _label(self, field: str, code: str) -> str:
        vocabulary = FIELDS[field].vocabulary
        if vocabulary not in self._read:
            self._read[vocabulary] = self._dictionary(vocabulary)
        label = self._read[vocabulary].get(code, "")
        if not fits(field, label):
            raise Unnamed(field, code, vocabulary)
        return label

    def _dictionary(self, vocabulary: str) -> dict[str, str]:
        """Code → name. An area is its way from the top; a stage is a pair, its category before it."""
        if not VOCABULARIES[vocabulary].tree:
            return {one.code: one.label for one in self._options(vocabulary)}
        ways = [way for top in self._tree(vocabulary) for way in top.walk()]
        if vocabulary == "stage":
            return {",".join(one.code for one in way): "/".join(one.label for one in way) for way in ways}
        return {way[-1].code: "/".join(one.label for one in way) for way in ways}
