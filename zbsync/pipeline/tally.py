"""What a stage did: the numbers that `run --json` prints and that a drain decides on."""

from dataclasses import dataclass


@dataclass(slots=True)
class Tally:
    """`seen` rows taken up, `done` moved on, `failed` given to a person or left for later; `seconds` of wall clock."""

    seen: int = 0
    done: int = 0
    failed: int = 0
    seconds: float = 0.0

    def add(self, other: "Tally") -> None:
        """Sum another round of the same stage into this one."""
        self.seen += other.seen
        self.done += other.done
        self.failed += other.failed
        self.seconds += other.seconds

    def as_json(self) -> dict[str, float]:
        """`{"seen", "done", "failed", "seconds"}`."""
        return {
            "seen": self.seen,
            "done": self.done,
            "failed": self.failed,
            "seconds": round(self.seconds, 3),
        }
