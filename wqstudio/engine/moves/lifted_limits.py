"""Delivery limits that are lifted for a look are in the journal until they are back: a look that is killed leaves one
lifted, and the administrator's policy without effect, until somebody connects there again.

That somebody is told at the next start, wherever he connects to.
"""

import asyncio
import shlex
import time
from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager, closing, nullcontext, suppress
from datetime import datetime
from pathlib import Path

from wqstudio.brokers.letters import Lifted, Lifts
from wqstudio.domain.connection import Connection
from wqstudio.domain.reading import Reading, Unknown
from wqstudio.engine.journal.journal import Journal, JournalError, Lift
from wqstudio.engine.journal.place import names_of
from wqstudio.engine.write_gate import put_back_limits


class KeptLifts(Lifts):
    """Of the looks on one broker, as long as this process lives."""

    def __init__(self, journal: Journal, broker: str) -> None:
        self._journal, self._broker = journal, broker
        self._claims: dict[str, AbstractContextManager[None]] = {}

    async def lifting(self, lifted: Lifted) -> None:
        """That of a policy which somebody has taken away meanwhile, and which is set anew, is kept still."""
        if lifted.policy in self._claims:
            return
        claim = self._journal.claimed(lifted.policy)
        await asyncio.to_thread(claim.__enter__)
        lift = Lift(lifted.policy, self._broker, lifted.vhost, lifted.queue, time.time())
        try:
            await asyncio.to_thread(self._journal.note_lift, lift)
        except BaseException:  # it is not lifted then
            await asyncio.to_thread(claim.__exit__, None, None, None)
            raise
        self._claims[lifted.policy] = claim

    async def over(self, policy: str, *, put_back: bool) -> None:
        claim = self._claims.pop(policy, None)
        try:
            if put_back:
                # It is back all the same; where that cannot be written, the next start tells of it and forgets it.
                with suppress(JournalError):
                    await asyncio.to_thread(_forget, self._journal, policy, claimed=claim is not None)
        finally:
            if claim is not None:
                await asyncio.to_thread(claim.__exit__, None, None, None)


def _forget(journal: Journal, policy: str, *, claimed: bool = False) -> None:
    """With the file of the claim that a killed look has left."""
    with nullcontext() if claimed else journal.claimed(policy):
        journal.forget_lift(policy)


def left(journal: Journal) -> Sequence[Lift]:
    """Those whose looks are no more."""
    return [lift for lift in journal.lifts() if not journal.is_claimed(lift.policy)]


def reminder(lift: Lift) -> str:
    since = f"{datetime.fromtimestamp(lift.at).astimezone():%d %B %Y at %H:%M}"
    command = shlex.join(["rabbitmqctl", "clear_policy", "-p", lift.vhost, lift.policy])
    return (
        f"The delivery limit of {lift.queue} is lifted since {since}: a look on {lift.broker} was killed, and its "
        f"policy {lift.policy} in virtual host {lift.vhost} stands before yours. Connect there, which puts the limit "
        f"back, or run: {command}"
    )


def journal_in(file: Path) -> Journal | None:
    """None: none was begun, or it cannot be used, which is told of where it has to be."""
    with suppress(JournalError):
        return Journal(file) if file.exists() else None
    return None


def reminders(file: Path) -> Sequence[str]:
    """Of what the journal there tells."""
    journal = journal_in(file)
    if journal is None:
        return ()
    with closing(journal):
        return [reminder(lift) for lift in left(journal)]


async def at_start(
    journal: Journal, connection: Connection | None, broker: str, *, settling: bool = False
) -> Sequence[str]:
    """For a command: what is to be said of limits that were left lifted. Nobody is connected to for that unless
    ``settling``, or where one was left on that very ``broker``.
    """
    lifts = await asyncio.to_thread(left, journal)
    if connection is not None and (settling or any(lift.broker in names_of(broker) for lift in lifts)):
        return await settle(connection, journal, broker)
    return [reminder(lift) for lift in lifts]


async def settle(connection: Connection, journal: Journal | None, broker: str) -> Sequence[str]:
    """Put back what was left lifted where this leads to; what came of it, and what is still lifted elsewhere, each a
    sentence. ``broker``: its name in the journal, of which there may be none.
    """
    put_back = await put_back_limits(connection)
    said = [
        f"The delivery limit of {each.queue} is back: a look that was killed had left it lifted"
        for each in put_back.lifted
    ]
    if journal is None:
        return said
    return [*said, *await asyncio.to_thread(_reminders, journal, broker, put_back.standing)]


def _reminders(journal: Journal, broker: str, standing: Reading[Collection[str]]) -> list[str]:
    """Those whose policies somebody else has taken away are forgotten."""
    said = []
    for lift in left(journal):
        if lift.broker not in names_of(broker) or isinstance(standing, Unknown) or lift.policy in standing:
            said.append(reminder(lift))
        else:
            _forget(journal, lift.policy)
    return said
