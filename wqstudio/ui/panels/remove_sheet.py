"""What the studio has made on a broker goes again, once it is said what that is and what is stored there."""

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from wqstudio.brokers.port import Broker, BrokerError, RefusedError
from wqstudio.domain.commands import RemoveOwnQueues
from wqstudio.domain.queue import QueueState
from wqstudio.domain.reading import Unknown, known
from wqstudio.engine.studio import Studio
from wqstudio.ui import format as fmt
from wqstudio.ui.asking_sheet import AskingSheet
from wqstudio.ui.left_over import in_use
from wqstudio.ui.models.move_facts import Fact, Section, messages
from wqstudio.ui.names import visible
from wqstudio.ui.panels.facts_view import FactsView

_WIDTH = 560


@dataclass(frozen=True, slots=True)
class _Found:
    idle: tuple[QueueState, ...]
    used: tuple[QueueState, ...]
    """Somebody takes messages from these, the studio publishes to them, or what dies in others that stay goes there."""


class RemoveSheet(AskingSheet):
    """Of queues that carry the studio's mark, whichever window made them; those that are in use stay."""

    def __init__(self, window: QWidget, studio: Studio) -> None:
        super().__init__(window, "removeSheet", _WIDTH, parts="remove", title="Remove what the studio made")
        self._studio, self._words = studio, studio.broker.words
        self._idle: tuple[QueueState, ...] = ()
        """As they were told of."""
        self._what = FactsView("removeFacts", "What is removed, and what stays")
        self.propose("Remove", grave=True)
        self.go.clicked.connect(self._begin)
        self.fill([self._what])
        self.say("Looking up who is at work there …")
        self.ask(self._look, self._show, "what the studio has made")

    async def _look(self) -> _Found:
        queues = self._queues()
        own = [queue for queue in queues.values() if queue.owned and _within_reach(self._studio.broker, queue.name)]
        names = {queue.name for queue in own}
        staying = {*await self._studio.broker.in_use(names), *in_use(self._studio), *(queues.keys() - names)}
        kept = _with_their_dead_letters(staying, queues)
        return _Found(
            tuple(queue for queue in own if queue.name not in kept), tuple(queue for queue in own if queue.name in kept)
        )

    def _queues(self) -> Mapping[str, QueueState]:
        """RefusedError where they are not known."""
        snapshot = self._studio.monitor.snapshot
        queues = Unknown("it has not been read yet") if snapshot is None else snapshot.queues
        if isinstance(queues, Unknown):
            raise RefusedError(f"What the studio made on this broker is not known: {queues.reason}")
        return queues

    def _show(self, found: _Found) -> None:
        self._idle = found.idle
        sections = [
            Section(title, tuple(Fact(_told(queue)) for queue in queues))
            for title, queues in (("Removed", found.idle), ("In use, stay", found.used))
            if queues
        ]
        self._what.show_sections(sections)
        self.say(self._remark(found), bad=bool(found.idle))
        self.go.setEnabled(bool(found.idle))
        self.offer_answers()

    def _remark(self, found: _Found) -> str:
        if found.idle:
            return "What is stored there goes with them. That cannot be undone."
        if found.used:
            return "Stop who is at work there first."
        return f"None of the {self._words.queues} in sight was made by the studio."

    def _begin(self) -> None:
        self.ask(self._look, self._go_on, "what the studio has made")

    def _go_on(self, found: _Found) -> None:
        """Since it was told what goes, somebody may have come, or more messages."""
        told = {queue.name: queue for queue in self._idle}
        if told.keys() & {queue.name for queue in found.used} or any(
            _holds_more(queue, told[queue.name]) for queue in found.idle if queue.name in told
        ):
            self._show(found)
            self.say(f"This has changed in the meantime: check it again. {self._remark(found)}", bad=True)
            return
        # What the broker refuses is in the event log by then, whether or not this is still open.
        self.do_in_time(self._remove, "removal of what the studio made", lambda _why: None)

    async def _remove(self) -> None:
        try:
            await self._studio.executor.run(RemoveOwnQueues(tuple(queue.name for queue in self._idle)))
        finally:
            self._studio.monitor.refresh()


def _with_their_dead_letters(staying: set[str], queues: Mapping[str, QueueState]) -> set[str]:
    """Also what keeps the dead letters of those that stay, or has them wait for their next try: without, these would be
    lost.
    """
    further = {to for name in staying & queues.keys() for to in queues[name].dead_letter_queues} - staying
    return _with_their_dead_letters(staying | further, queues) if further else staying


def _within_reach(broker: Broker, queue: str) -> bool:
    """Not so what is watched in other virtual hosts."""
    try:
        broker.check_work(queue)
    except BrokerError:
        return False
    return True


def _holds_more(now: QueueState, told: QueueState) -> bool:
    return _known_to_hold(now) > _known_to_hold(told)


def _known_to_hold(queue: QueueState) -> int:
    """With what comes back to it by itself."""
    return known(queue.messages, known(queue.waiting, 0)) + known(queue.retrying, 0)


def _told(queue: QueueState) -> str:
    name, stored, ready = visible(queue.name), known(queue.messages, None), known(queue.waiting, None)
    if stored is not None:
        held = messages(fmt.count(stored))
    elif ready is not None:
        held = f"at least {messages(fmt.count(ready))}"  # what is unacked is not known
    else:
        held = "an unknown number of messages"
    waiting = known(queue.retrying, 0)
    more = f" and {fmt.count(waiting)} more waiting for another try" if waiting else ""
    return f"{name}, with {held}{more}"
