"""Opens the queue that a command of ``wqstudio dlq`` names, once what that means is agreed to."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from wqstudio.brokers.letters import Letters
from wqstudio.dlq import consent
from wqstudio.dlq.codes import say
from wqstudio.domain.reading import Unknown
from wqstudio.engine.looks.dead_letters import DeadLetterWork
from wqstudio.options import DlqCommand, DlqOptions


class Opening:
    def __init__(self, options: DlqOptions, work: DeadLetterWork) -> None:
        self._options, self._plan = options, options.plan
        self._work = work
        self.live = False
        """The queue is not known to keep dead letters."""

    @asynccontextmanager
    async def letters(self) -> AsyncIterator[Letters]:
        """To be looked at. ConsentError."""
        await self.check_queue()
        async with self._work.looking(self._plan.queue, exhausted=self._plan.exhausted) as letters:
            self._check_cost(letters)
            if self._plan.lift_limit:
                await letters.lift_limit()
            yield letters

    async def check_queue(self) -> None:
        """ConsentError: its messages would be moved, and they may be live work. Looks at no message."""
        queue = self._plan.queue
        if self._plan.exhausted or self._options.any_queue:
            return
        keeps = await self._work.keeps_dead_letters(queue)
        moves = self._options.command in {DlqCommand.REQUEUE, DlqCommand.DISCARD}
        if isinstance(keeps, Unknown):
            await self._work.check_there(queue)
            say(consent.unknown_remark(queue, keeps))
        elif moves and not keeps:
            raise consent.ConsentError(consent.live_refusal(self._plan, self._work.product))
        else:
            self.live = not keeps

    def remark(self, *, told: bool = False) -> None:
        """What is to be said of a queue that was looked into and is not known to keep dead letters. ``told``: by its
        messages it is now.
        """
        if self.live:
            queue = self._plan.queue
            say(consent.told_remark(queue) if told else consent.mark_remark(queue, self._work.product))
        self.live = self.live and not told

    async def check_move(self) -> None:
        """ConsentError: of a run that will open the queue by itself."""
        await self.check_queue()
        if consent.sees_more_than_it_moves(self._plan):
            async with self._work.looking(self._plan.queue, exhausted=self._plan.exhausted) as letters:
                self._check_cost(letters)

    def _check_cost(self, letters: Letters) -> None:
        consent.check_cost(letters.cost, accepted=self._options.accept_cost, lifting=self._plan.lift_limit)
