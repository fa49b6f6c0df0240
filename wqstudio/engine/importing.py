"""Exported dead letters published again: to where they came from, or to one place."""

import itertools
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from wqstudio.brokers.letters import Copy, Outlet
from wqstudio.domain.connection import Product
from wqstudio.domain.letter import Destination
from wqstudio.domain.reading import Unknown
from wqstudio.domain.redrive import Plan, Progress, Refusal, RunState
from wqstudio.engine import letter_file
from wqstudio.engine.controls import Controls
from wqstudio.engine.letter_file import Imported
from wqstudio.engine.redrive import OpenOutlet

_PORTION = 500
"""Messages published at once, at most."""

Read = Callable[[], Iterable[Imported]]
"""All of them, from the first on, each time."""
OnRefusal = Callable[[int, str], object]
"""The number of the line, and why its message was not published."""


def reader(file: Path, product: Product) -> Read:
    def read() -> Iterator[Imported]:
        with file.open(encoding="utf-8") as lines:
            yield from letter_file.read(lines, product)

    return read


class Import:
    """``run`` once. Trying the same file again soon makes no copy twice on NATS, which knows them by their digests."""

    def __init__(
        self,
        plan: Plan,
        read: Read,
        open_outlet: OpenOutlet,
        on_progress: Callable[[Progress], None] = lambda _: None,
        on_refusal: OnRefusal = lambda _line, _why: None,
    ) -> None:
        """``plan.destination`` None: each to where it came from."""
        self._plan, self._read, self._open_outlet = plan, read, open_outlet
        self._on_progress, self._on_refusal = on_progress, on_refusal
        self._refusals: Counter[str] = Counter()
        self._began = 0.0
        self.progress = Progress()
        self.controls = Controls(plan.rate)

    async def run(self) -> Progress:
        """How it ended. Raises LetterFileError or OSError before anything is published, and UnreachableError."""
        self._tell(total=sum(1 for _ in self._read()))
        self._began = time.monotonic()
        outlet = await self._open_outlet()
        try:
            letters = iter(self._read())
            while portion := list(itertools.islice(letters, self.controls.portion(_PORTION))):
                if not await self._may_go(len(portion)):
                    self._tell(state=RunState.CANCELLED, rate=0.0, left=None)
                    return self.progress
                await self._publish(outlet, portion)
        finally:
            await outlet.close()
        self._tell(state=RunState.DONE, rate=0.0, left=None)
        return self.progress

    async def _may_go(self, letters: int) -> bool:
        """False: it is cancelled."""
        while not await self.controls.pace(letters) and not self.controls.cancelled:
            self._tell(state=RunState.PAUSED, rate=0.0, left=None)
            await self.controls.going()
            self._tell(state=RunState.RUNNING)
        return not self.controls.cancelled

    async def _publish(self, outlet: Outlet, portion: Sequence[Imported]) -> None:
        copies: list[Copy] = []
        for letter in portion:
            to = self._plan.destination or letter.home
            if isinstance(to, Unknown):
                self._refuse(letter.held.id, to.reason)
            else:
                copies.append(_copy(letter, to))
        outcomes = await outlet.put(copies)
        for copy, outcome in zip(copies, outcomes, strict=True):
            if not outcome.safe:
                self._refuse(copy.held.id, outcome.reason)
        stored = sum(outcome.safe for outcome in outcomes)
        refusals = tuple(Refusal(*each) for each in self._refusals.most_common())
        seen = self.progress.seen + len(portion)
        self._tell(
            seen=seen,
            moved=self.progress.moved + stored,
            refused=self._refusals.total(),
            refusals=refusals,
            **self._speed(seen),
        )

    def _refuse(self, line: int, why: str) -> None:
        self._refusals[why] += 1
        self._on_refusal(line, why)

    def _speed(self, seen: int) -> dict[str, float | None]:
        took = time.monotonic() - self._began
        rate = seen / took if took else 0.0
        return {"rate": rate, "left": (self.progress.total - seen) / rate if rate else None}

    def _tell(self, **changes: Any) -> None:
        self.progress = replace(self.progress, **changes)
        self._on_progress(self.progress)


def _copy(letter: Imported, to: Destination) -> Copy:
    return Copy(letter.held, to, f"import.{letter.digest}.{letter.held.id}")
