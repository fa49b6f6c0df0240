"""The letters of a file that was exported, as their queue knows them: to discard these, and nothing that came since."""

from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import NamedTuple, TextIO

from wqstudio.brokers.letters import Held, Letters
from wqstudio.domain.connection import Product
from wqstudio.domain.redrive import Plan
from wqstudio.engine.letters import file as letter_file
from wqstudio.engine.moves.plan_checks import PlanError, exported_elsewhere


class Exported(NamedTuple):
    fingerprints: Sequence[bytes] = ()
    """In the order of the file."""
    identity: bytes = b""
    """Of the queue where they lay; empty: that cannot be told."""


def read(file: TextIO, plan: Plan, product: Product) -> Exported:
    """LetterFileError; PlanError: the file is another queue's, or of several ones, or an earlier release's."""
    found: list[bytes] = []
    identities: set[bytes] = set()
    for letter in letter_file.read(file, product):
        line, name = letter.held.id, plan.exported
        if letter.queue != plan.queue:
            raise PlanError(f"Line {line} of {name} was exported from {letter.queue}, not from {plan.queue}.")
        if not letter.mark:
            raise PlanError(
                f"Line {line} of {name} has no fingerprint, by which its message could be found: an earlier release "
                "wrote it. Export them again."
            )
        found.append(letter.mark)
        identities.add(letter.identity)
    if len(identities) > 1:
        raise PlanError(f"{plan.exported} holds messages of several queues that were called {plan.queue}.")
    return Exported(found, next(iter(identities), b""))


def marks(plan: Plan, product: Product) -> Sequence[bytes]:
    """Of the letters that a plan means by the file that it names. LetterFileError, PlanError."""
    with letter_file.reading(Path(plan.exported)) as file:
        return read(file, plan, product).fingerprints[: plan.limit]


def check_queue(chosen: Exported, letters: Letters, queue: str) -> None:
    """PlanError, as a run of them would raise."""
    if chosen.identity and chosen.identity != letters.identity:
        raise PlanError(exported_elsewhere(queue))


async def only(
    batches: AsyncGenerator[Sequence[Held], None], letters: Letters, marks: Sequence[bytes]
) -> AsyncGenerator[Sequence[Held], None]:
    """Those of the batches that are meant, until all were met."""
    wanted = Counter(marks)
    async with aclosing(batches) as all_of_them:
        async for batch in all_of_them:
            yield [held for held in batch if _is_wanted(letters.fingerprint(held), wanted)]
            if not wanted:
                return


def _is_wanted(mark: bytes, wanted: Counter[bytes]) -> bool:
    if mark not in wanted:
        return False
    wanted[mark] -= 1
    if not wanted[mark]:
        del wanted[mark]
    return True
