"""Dead-letter work in letters hosts, as the window has them, which die, or are steered, at a chosen step.

One program that has imported everything forks such a host for each run: a second for each would be too long. To the
host it is the window, and talks to it in frames. Orders come on standard input and answers go to standard output, each
a pickle in base64 on a line.
"""

import asyncio
import base64
import os
import pickle
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from tests.contract.fuse import Blow, Fuse
from tests.forks import Forks
from wqstudio.domain.connection import Connection
from wqstudio.domain.letter import Edit
from wqstudio.domain.redrive import Plan, Progress, RunState
from wqstudio.engine.looks import host as letters_host, wire
from wqstudio.engine.moves import moving, redrive
from wqstudio.fleet.childhood import be_child
from wqstudio.fleet.frames import FrameEncoder
from wqstudio.fleet.wire import Hello

BATCH = 4
"""Letters under way in each stage, so that few letters make many steps."""
_AGAIN_AFTER = 0.1
_MOST = 100
"""Letters of a queue."""


@dataclass(frozen=True)
class Order:
    connection: Connection
    journal: Path
    run: str
    plan: Plan
    positions: tuple[int, ...] | None = None
    """In the queue, of those that are chosen in a look that is open meanwhile; None: as the plan says."""
    edited: bytes = b""
    """Added to the body of the one that is chosen, if there is one."""
    blow: Blow = Blow.NOTHING
    step: int = 0
    broker: int = 0
    """Its process id, where the blow kills it."""
    begun: int = 0
    """Batches that are begun before one is sent, which else is up to who is faster."""


class NotCarriedOutError(Exception):
    """The host said why."""


class Mortals:
    """Started by construction."""

    def __init__(self, forks: Forks) -> None:
        orders, ordering = os.pipe()
        answering, answers = os.pipe()
        self._fork = forks.start("tests.contract.mortal", standard=[orders, answers, 2])
        os.close(orders)
        os.close(answers)
        self._orders, self._answers = os.fdopen(ordering, "wb"), os.fdopen(answering, "rb")

    async def run(self, order: Order) -> Progress | None:
        """How it ended; None: it was killed. NotCarriedOutError."""
        self._orders.write(base64.b64encode(pickle.dumps(order)) + b"\n")
        self._orders.flush()
        said = await asyncio.to_thread(self._answers.readline)
        answer: Progress | str | None = pickle.loads(base64.b64decode(said))
        if isinstance(answer, str):
            raise NotCarriedOutError(answer)
        return answer

    def close(self) -> None:
        self._orders.close()
        self._fork.wait()
        self._answers.close()


# --- in the program that forks ------------------------------------------------------------------------------------


class _KilledError(Exception):
    """The host said no more."""


class _RefusedError(Exception):
    """The host said why not."""


class _Window:
    """Of one host, as far as a window talks to it."""

    def __init__(self, commands: int, reports: int) -> None:
        self._commands = commands
        self._encoder = FrameEncoder()
        self._reports = self._heard(reports)
        self._asked = 0

    def carry_out(self, order: Order) -> Progress:
        self._send(Hello.to(order.connection, ""))
        self._send(wire.Keep(order.journal))
        plan = order.plan if order.positions is None else self._chosen(order.plan, order.positions)
        if order.edited and not plan.ids:
            return Progress(RunState.DONE)
        if order.edited and plan.ids:
            plan = replace(plan, edit=self._edit(plan.ids[0], order.edited))
        self._send(wire.Begin(order.run, plan))
        progress = self._result()
        if order.positions is not None:
            self._send(wire.Ask(self._asked, wire.Close()))  # what is held is given back
            next(said for said in self._reports if isinstance(said, wire.Answer | wire.Refused))
        return progress

    def _chosen(self, plan: Plan, positions: tuple[int, ...]) -> Plan:
        """In a look that lasts as long as the run."""
        opened = self._ask(wire.Open(plan.queue, exhausted=False))
        assert isinstance(opened, wire.Stands)
        page = self._ask(wire.Page(0, _MOST))
        assert isinstance(page, wire.Lines)
        ids = tuple(line.id for place, line in enumerate(page.lines) if place in positions)
        return replace(plan, ids=ids, identity=opened.standing.identity)

    def _edit(self, id_: int, added: bytes) -> Edit:
        read = self._ask(wire.Whole(id_))
        assert isinstance(read, wire.Read)
        assert read.letter is not None
        return Edit(read.letter.body + added)

    def _result(self) -> Progress:
        progress, failure = Progress(), ""
        for said in self._reports:
            match said:
                case wire.Told(told):
                    progress = told
                case wire.Failed(why):
                    failure = why
                case wire.Over():
                    break
                case _:
                    pass
        if failure:
            raise _RefusedError(failure)
        return progress

    def _ask(self, question: wire.Question) -> wire.Reply:
        self._send(wire.Ask(self._asked, question))
        self._asked += 1
        for said in self._reports:
            match said:
                case wire.Answer(_, reply):
                    return reply
                case wire.Refused(_, why):
                    raise _RefusedError(why)
                case _:
                    pass
        raise _KilledError

    def _send(self, command: msgspec.Struct) -> None:
        frame = self._encoder.encode(command)
        assert os.write(self._commands, frame) == len(frame)

    def _heard(self, reports: int) -> Iterator[wire.Report]:
        frames = wire.report_decoder()
        while data := os.read(reports, 65_536):
            yield from frames.feed(data)
        raise _KilledError


def _be_host(order: Order, commands: int, reports: int) -> None:
    """Between those two pipes, until the other ends are closed."""
    os.dup2(commands, sys.stdin.fileno())
    os.dup2(reports, sys.stdout.fileno())
    os.close(commands)
    os.close(reports)
    moving.BATCH = BATCH
    redrive.AGAIN_AFTER = _AGAIN_AFTER

    def begin(told: int) -> letters_host.Take:
        Fuse(order.blow, order.step, order.broker, order.begun).lay()
        return letters_host.begin(told)

    be_child(wire.command_decoder(), begin)


def _carried_out(order: Order) -> Progress | str | None:
    """How it ended, or why it did not begin; None: it was killed."""
    orders, commands = os.pipe()
    reports, telling = os.pipe()
    if not (child := os.fork()):
        os.close(commands)
        os.close(reports)
        _be_host(order, orders, telling)
    os.close(orders)
    os.close(telling)
    try:
        return _Window(commands, reports).carry_out(order)
    except _KilledError:
        return None
    except _RefusedError as why:
        return str(why)
    finally:
        os.close(commands)
        os.waitpid(child, 0)
        os.close(reports)


def main() -> None:
    for line in sys.stdin.buffer:
        order: Order = pickle.loads(base64.b64decode(line))
        print(base64.b64encode(pickle.dumps(_carried_out(order))).decode(), flush=True)


if __name__ == "__main__":
    from tests.contract.mortal import main as imported  # so that orders are of the class that is pickled

    imported()
