"""The test of a connection, step by step: what each found, and the record while it runs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum


class CheckState(Enum):
    PASSED = "passed"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Check:
    """One step of a connection test. ``detail`` says what was found or, on failure, what to do."""

    step: str
    state: CheckState
    detail: str


OnCheck = Callable[[Check], None]
"""Told of each step of a connection test as it ends."""


class Report:
    def __init__(self, on_check: OnCheck) -> None:
        self.checks: list[Check] = []
        self._on_check = on_check

    def passed(self, step: str, detail: str) -> None:
        self._tell(step, CheckState.PASSED, detail)

    def warn(self, step: str, detail: str) -> None:
        self._tell(step, CheckState.WARNING, detail)

    def failed(self, step: str, detail: str) -> None:
        self._tell(step, CheckState.FAILED, detail)

    def missed(self, step: str, detail: str, *, of: int) -> None:
        """One of so many servers could not be reached: where there are others, they do instead."""
        (self.failed if of == 1 else self.warn)(step, detail)

    def skip(self, steps: Sequence[str], after: str) -> None:
        for step in steps:
            self._tell(step, CheckState.SKIPPED, f"Not tried: {after}.")

    def leave_open(self, step: str, why: str) -> None:
        """It cannot be known in a test, which says nothing against the connection."""
        self._tell(step, CheckState.SKIPPED, why)

    def _tell(self, step: str, state: CheckState, detail: str) -> None:
        check = Check(step, state, detail)
        self.checks.append(check)
        self._on_check(check)
