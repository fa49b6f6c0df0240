"""What each fault did to the messages, in figures: noted by the tests that cause it, shown as a table after them all.

``--faults=FILE`` writes the table to a file, too, to be kept; without the sign pytest takes a file for a test. The
figures travel with the reports of the tests, so that they come through from processes of pytest-xdist, too.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pytest

_NAME = "fault"
_TITLES = ("fault", "broker", "before", "after", "lost", "doubled")


class Figures(NamedTuple):
    before: int
    after: int
    lost: int
    doubled: int


class Faults:
    """The ``faults`` fixture."""

    def __init__(self, node: pytest.Item) -> None:
        self._node = node

    def note(self, fault: str, before: Sequence[bytes], after: Sequence[bytes], broker: str = "") -> Figures:
        """``before`` all differ; ``after`` are those in all places together. ``broker``: where no graveyard says it."""
        broker = broker or self._graveyard()
        had, have = Counter(before), Counter(after)
        lost = (had - have).total()
        figures = Figures(len(before), len(after), lost, (have - had).total())
        self._node.user_properties.append((_NAME, (fault, broker, *figures)))
        return figures

    def _graveyard(self) -> str:
        """The test's parameter."""
        assert isinstance(self._node, pytest.Function)
        return str(self._node.callspec.params["graveyard"])


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--faults", metavar="FILE", help="keep the table of what each fault did to messages there")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    lines = _table(sorted(_rows(terminalreporter), key=str))
    is_second = terminalreporter.config.getoption("lf", default=False)  # of what failed: it would leave the others out
    if (file := terminalreporter.config.getoption("--faults")) and not is_second:
        kept = terminalreporter.config.invocation_params.dir / file
        kept.write_text("".join(f"{line}\n" for line in lines or ["no fault was caused"]), encoding="utf-8")
    if lines:
        terminalreporter.section("messages, for each fault")
        for line in lines:
            terminalreporter.write_line(line)


def _table(rows: Sequence[Sequence[object]]) -> list[str]:
    if not rows:
        return []
    lines = [_TITLES, *(tuple(str(cell) for cell in row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return ["  ".join(_cells(line, widths)) for line in lines]


def _cells(line: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    for place, (cell, width) in enumerate(zip(line, widths, strict=True)):
        yield cell.ljust(width) if place < 2 else cell.rjust(width)


def _rows(terminalreporter: pytest.TerminalReporter) -> Iterator[Sequence[object]]:
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport) and report.when == "call":
                yield from (
                    row for name, row in report.user_properties if name == _NAME and isinstance(row, list | tuple)
                )
