"""The record of a connection test while it runs."""

from collections.abc import Sequence

from wqstudio.brokers.port import Check, CheckState, OnCheck


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

    def skip(self, steps: Sequence[str], after: str) -> None:
        for step in steps:
            self._tell(step, CheckState.SKIPPED, f"Not tried: {after}.")

    def _tell(self, step: str, state: CheckState, detail: str) -> None:
        check = Check(step, state, detail)
        self.checks.append(check)
        self._on_check(check)
