"""What comes over a run of dead-letter work at a chosen step between two effects, in the process that does the work."""

import asyncio
import contextlib
import functools
import os
import signal
from collections.abc import Awaitable, Callable
from enum import Enum
from typing import Any

from tests.contract.breaking import Party, break_connection
from wqstudio.brokers.nats.letters.copies import NatsCopies
from wqstudio.brokers.nats.letters.letters import NatsLetters
from wqstudio.brokers.nats.letters.outlet import NatsOutlet
from wqstudio.brokers.rabbitmq.letters.letters import RabbitLetters
from wqstudio.brokers.rabbitmq.letters.outlet import RabbitOutlet
from wqstudio.engine.journal.journal import Journal
from wqstudio.engine.looks.dead_letters import DeadLetterWork
from wqstudio.engine.moves.redrive import Redrive

_RESUMED_AFTER = 0.05
_MEANWHILE = (0.0, 0.0003, 0.002)
"""Seconds that an effect has had, in the middle of it: what was sent has just gone out, or is there, or is answered."""
_EFFECTS = (
    (NatsOutlet, "put"), (RabbitOutlet, "put"),
    (NatsLetters, "remove"), (NatsCopies, "remove"), (RabbitLetters, "remove"),
)  # fmt: skip


class Blow(Enum):
    """What comes over a run at its step."""

    NOTHING = "nothing"
    KILL = "kill -9"
    CANCEL = "cancel"
    PAUSE = "pause"
    CUT = "every connection lost"
    CUT_AND_CANCEL = "every connection lost, and cancelled before it is made again"
    KILL_BROKER = "kill -9 of the broker"
    KILL_BOTH = "kill -9 of both, as a power cut ends them"

    @property
    def ends_process(self) -> bool:
        return self in {Blow.KILL, Blow.KILL_BOTH}

    @property
    def ends_broker(self) -> bool:
        return self in {Blow.KILL_BROKER, Blow.KILL_BOTH}


class Fuse:
    """Made on the loop that the work is done on."""

    def __init__(self, blow: Blow, step: int, broker: int, begun: int) -> None:
        """``broker`` is a process id. Nothing has an effect before ``begun`` batches are in the journal."""
        self._left = step
        self._to_begin = begun
        self._blow = blow
        self._broker = broker
        self._meanwhile = _MEANWHILE[step % len(_MEANWHILE)]
        self._loop = asyncio.get_running_loop()
        self._redrive: Redrive | None = None
        self._parties: dict[type[Party], Party] = {}
        """Who has a connection, the latest of each kind."""

    def lay(self) -> None:
        """Around every effect there is, for as long as this process lives."""
        for owner, name in _EFFECTS:
            self._step_around(owner, name)
        self._step_around_writing()
        self._note_runs()

    def _step(self) -> None:
        """From any thread."""
        self._left -= 1
        if self._left:
            return
        if self._blow.ends_broker:
            os.kill(self._broker, signal.SIGKILL)
        if self._blow.ends_process:
            os.kill(os.getpid(), signal.SIGKILL)
        self._loop.call_soon_threadsafe(self._steer)

    @property
    def _dies_here(self) -> bool:
        return self._left == 1 and (self._blow.ends_process or self._blow.ends_broker)

    def _steer(self) -> None:
        assert self._redrive is not None
        if self._blow in {Blow.CUT, Blow.CUT_AND_CANCEL}:
            for party in self._parties.values():
                with contextlib.suppress(AssertionError, AttributeError):  # it is closed already
                    break_connection(party)
        if self._blow in {Blow.CANCEL, Blow.CUT_AND_CANCEL}:
            self._redrive.controls.cancel()
        elif self._blow is Blow.PAUSE:
            self._redrive.controls.pause()
            self._loop.call_later(_RESUMED_AFTER, self._redrive.controls.resume)

    def _step_around(self, owner: Any, name: str) -> None:
        """Before it, in the middle of it, and after it."""
        plain: Callable[..., Awaitable[Any]] = getattr(owner, name)

        @functools.wraps(plain)
        async def stepping(*arguments: Any) -> Any:
            self._parties[owner] = arguments[0]
            while self._to_begin > 0:  # noqa: ASYNC110 - written by another thread
                await asyncio.sleep(0.001)
            self._step()
            doing = asyncio.ensure_future(plain(*arguments))
            if self._dies_here:
                await asyncio.sleep(self._meanwhile)
            self._step()
            result = await doing
            self._step()
            return result

        setattr(owner, name, stepping)

    def _step_around_writing(self) -> None:
        plain = Journal.record

        def stepping(*arguments: Any) -> None:
            self._step()
            plain(*arguments)
            self._step()
            self._to_begin -= 1

        setattr(Journal, "record", stepping)  # noqa: B010 - for what types think of it

    def _note_runs(self) -> None:
        plain = DeadLetterWork.run

        def noting(*arguments: Any, **options: Any) -> Redrive:
            self._redrive = plain(*arguments, **options)
            return self._redrive

        setattr(DeadLetterWork, "run", noting)  # noqa: B010 - for what types think of it
