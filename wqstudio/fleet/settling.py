"""How a simulated worker lets go of a task: what it tells the broker, and reports before it does."""

import time
from collections.abc import Callable
from functools import partial
from random import Random

from wqstudio.brokers.port import BrokerError, TakenBackError, UnreachableError
from wqstudio.brokers.sessions import Delivery, WorkerSession
from wqstudio.domain.settled import FOREIGN, SettledDelivery
from wqstudio.domain.task import due_text
from wqstudio.domain.worker import AckMode, Outcome, WorkerSpec
from wqstudio.fleet.behaviour import Settlement, early, settlement, spent
from wqstudio.fleet.bell import Bell
from wqstudio.fleet.held import Held
from wqstudio.fleet.outbox import Outbox

_COPY_AGAIN = 1.0
"""Seconds until what could not be published elsewhere is tried again."""
_CONFIRM_AGAIN = 0.25
"""Seconds until an acknowledgement that was not confirmed is sent again."""
_ERROR = "failed at the task"


class Settling:
    """Of one worker's deliveries, one after the other: ``end`` comes first, then ``settle``, then ``confirm``."""

    def __init__(self, worker: int, spec: WorkerSpec, rng: Random, outbox: Outbox, bell: Bell) -> None:
        """``bell`` ends a wait early."""
        self._worker = worker
        self._spec = spec
        self._rng = rng
        self._outbox = outbox
        self._bell = bell
        self._unconfirmed: Held | None = None
        self.no_copy = ""
        """Why what was last to be published elsewhere was not."""

    def is_to_be_tried(self, session: WorkerSession, held: Held) -> bool:
        if held.task.due > held.begun or spent(self._spec.on_failure, held.delivery.deliveries):
            return False
        return not self._lost(session, held)

    async def end(self, session: WorkerSession, held: Held) -> Settlement:
        """How it is to be settled; what goes elsewhere is there when this returns, and until then still held."""
        end = self._end_of(held)
        if not end.copy_to or self._known_to_be_expired(session, held):
            return end
        try:
            if end.outcome is Outcome.TERMINATED:
                await session.bury(held.delivery, end.copy_to, self._why_dead(held))
            else:
                await session.forward(held.delivery, end.copy_to)
        except BrokerError as error:
            self.no_copy = str(error)
            return Settlement(Outcome.NAKED, _COPY_AGAIN, counted=True)
        self.no_copy = ""
        return end

    def settle(self, session: WorkerSession, held: Held, end: Settlement) -> None:
        """Report how it ended, and tell the broker once that report is written."""
        if self._known_to_be_expired(session, held):
            self.report(held, Outcome.EXPIRED, session.release)
        elif self._spec.ack_mode is AckMode.ON_RECEIPT:
            # The broker has long forgotten it, so a failure can neither be given back nor be rejected.
            self.report(held, end.outcome if end.outcome is Outcome.ACKED or end.copy_to else Outcome.LOST)
        elif end.outcome is Outcome.NAKED:
            giving_back = partial(session.nak, delay=end.delay, counted=end.counted, rejected=end.rejected)
            self.report(held, Outcome.NAKED, giving_back)
        elif end.outcome is Outcome.FORWARDED:
            self.report(held, Outcome.FORWARDED, session.ack)
        elif end.outcome is Outcome.TERMINATED:
            giving_up = session.discard if end.copy_to else session.terminate
            self.report(held, Outcome.TERMINATED, partial(giving_up, reason=_ERROR))
        elif self._spec.ack_mode is AckMode.CONFIRMED:
            self.report(held, Outcome.ACKED)
            self._unconfirmed = held
        else:
            self.report(held, Outcome.ACKED, session.ack)

    async def confirm(self, session: WorkerSession) -> None:
        """Acknowledge until the broker has said so, or would not count it any more."""
        await self._outbox.written()
        held, self._unconfirmed = self._unconfirmed, None
        while held is not None:
            try:
                await session.ack_confirmed(held.delivery)
            except TakenBackError:
                return
            except UnreachableError:
                if self.expired(session, held):
                    session.release(held.delivery)
                    return
                await self._bell.wait(_CONFIRM_AGAIN)
            else:
                return

    def report(self, held: Held, outcome: Outcome, then: Callable[[Delivery], None] | None = None) -> None:
        """``then`` once it is written."""
        delivery, times = held.delivery, (held.received, held.begun, time.time())
        row = SettledDelivery(
            self._worker, held.number, delivery.deliveries, *times, outcome, held.work, delivery.counted
        )
        self._outbox.settled(row, then, delivery)

    def expired(self, session: WorkerSession, held: Held) -> bool:
        """Whether the broker has certainly taken it back, and may have given it to another worker."""
        if self._spec.ack_mode is AckMode.ON_RECEIPT:
            return False
        deadline = session.ack_deadline
        return self._lost(session, held) or (deadline is not None and time.monotonic() - held.kept > deadline)

    def _known_to_be_expired(self, session: WorkerSession, held: Held) -> bool:
        """Who does not tell the broker that he is at work does not look at the clock either."""
        return self.expired(session, held) if self._spec.keeps else self._lost(session, held)

    def _lost(self, session: WorkerSession, held: Held) -> bool:
        """What was acknowledged on receipt is the worker's, whatever becomes of its connection."""
        return self._spec.ack_mode is not AckMode.ON_RECEIPT and session.lost(held.delivery)

    def _end_of(self, held: Held) -> Settlement:
        if held.task.due > held.begun:
            return early(held.task, held.begun)
        # Drawn by a count that stands still, a failure would be followed by the same failure for ever.
        number = held.number if held.delivery.counted else FOREIGN
        return settlement(self._spec, held.task, number, held.delivery.deliveries, self._rng)

    def _why_dead(self, held: Held) -> dict[str, str]:
        """Headers of a dead letter; the session adds where it came from."""
        return {
            "Dead-Letter-Reason": "permanent failure" if held.task.permanent else "retries used up",
            "Dead-Letter-Error": _ERROR,
            "Dead-Letter-Deliveries": str(held.delivery.deliveries),
            "Dead-Letter-Worker": self._spec.name,
            "Dead-Letter-Failed-At": due_text(time.time()),
        }
