"""Our own settings, typed. `settings.py` reads the environment once and builds a `Conf`; everybody else asks `conf()`.

Times are seconds. The four clocks must stand in the order call < job < lease < redeliver; `checks.py` refuses others.
"""

from dataclasses import dataclass

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Conf:
    """Every `ZBSYNC_*` value. The environment name of a field is `ZBSYNC_` + the field in capitals."""

    mode: str = "sandbox"
    call_timeout_s: float = 20.0
    job_timeout_s: float = 60.0
    lease_s: float = 120.0
    redeliver_s: float = 300.0
    look_again_s: float = 60.0
    retry_base_s: float = 30.0
    max_attempts: int = 6
    second_person_above: int = 500
    canary_above: int = 50
    canary_size: int = 5
    breaker_window_s: float = 300.0
    breaker_share: float = 0.5
    breaker_least: int = 20
    breaker_unknown: int = 100
    breaker_half_open: int = 3
    breaker_probe_s: float = 30.0
    batch_size: int = 500
    mirror_max_age_s: float = 86_400.0
    detail_budget: int = 2_000
    upload_max_mb: int = 100
    keep_exchanges_days: int = 400
    poll_s: float = 1.0
    workers: int = 2

    @property
    def live(self) -> bool:
        """Whether what we push reaches a real ERP."""
        return self.mode == "live"

    @property
    def drain_s(self) -> float:
        """How long one drain may go on claiming: it must end well inside the job's time, one call included."""
        return max(self.job_timeout_s - self.call_timeout_s - 5.0, self.job_timeout_s / 2)


MAY_BE_ZERO = frozenset(
    {"second_person_above", "mirror_max_age_s", "detail_budget", "canary_above", "breaker_share", "breaker_unknown"}
)
"""Numbers for which 0 means something: never, always read afresh, read no pages. All others are above 0."""


def conf() -> Conf:
    """The settings in force."""
    return settings.ZBSYNC


def secret(name: str) -> str:
    """The value of a connection's secret: the database knows its name, the environment its value; "" when unset."""
    return settings.ZBSYNC_SECRET(name) if name else ""
