"""The table that a fire ends with."""

from dataclasses import dataclass, field


@dataclass
class Row:
    """One line of the table: what must hold, of how many things, and where it does not."""

    says: str
    checked: int = 0
    breaches: list[str] = field(default_factory=list)

    def want(self, holds: object, *told: object) -> None:
        """Count one thing that was checked."""
        self.checked += 1
        if not holds:
            self.breaches.append(" ".join(map(str, told)))
