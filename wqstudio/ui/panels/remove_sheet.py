"""What the studio has made on a broker goes again, once it is said what that is and what is stored there."""

from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from wqstudio.brokers.port import Broker, BrokerError
from wqstudio.domain.commands import RemoveOwnQueues
from wqstudio.domain.queue import QueueState
from wqstudio.domain.reading import known
from wqstudio.engine.studio import Studio
from wqstudio.ui import format as fmt
from wqstudio.ui.asking_sheet import AskingSheet
from wqstudio.ui.models.move_facts import Fact, Section
from wqstudio.ui.names import visible
from wqstudio.ui.panels.facts_view import FactsView

_WIDTH = 560


@dataclass(frozen=True, slots=True)
class _Found:
    idle: tuple[QueueState, ...]
    used: tuple[QueueState, ...]
    """Somebody takes messages from these, or publishes to them: the studio, or whoever else plays on this broker."""


class RemoveSheet(AskingSheet):
    """Of queues that carry the studio's mark, whichever window made them; those at which somebody is at work stay."""

    def __init__(self, window: QWidget, studio: Studio) -> None:
        super().__init__(window, "removeSheet", _WIDTH, parts="remove", title="Remove what the studio made")
        self._studio, self._words = studio, studio.broker.words
        self._names: tuple[str, ...] = ()
        self._what = FactsView("removeFacts", "What is removed, and what stays")
        self.propose("Remove", grave=True)
        self.go.clicked.connect(self._begin)
        self.fill([self._what])
        self.say("Looking who is at work there …")
        self.ask(self._look, self._show, "what the studio has made")

    async def _look(self) -> _Found:
        snapshot = self._studio.monitor.snapshot
        queues = known(snapshot.queues, {}) if snapshot is not None else {}
        own = [queue for queue in queues.values() if queue.owned and _within_reach(self._studio.broker, queue.name)]
        used = {*await self._studio.broker.in_use([queue.name for queue in own]), *self._filled()}
        return _Found(
            tuple(queue for queue in own if queue.name not in used), tuple(queue for queue in own if queue.name in used)
        )

    def _filled(self) -> set[str]:
        return {each.spec.queue for each in self._studio.fleet.producers.values() if not each.phase.over}

    def _show(self, found: _Found) -> None:
        self._names = tuple(queue.name for queue in found.idle)
        sections = [
            Section(title, tuple(Fact(_told(queue)) for queue in queues))
            for title, queues in (("Removed", found.idle), ("At work, stay", found.used))
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
        # What the broker refuses is in the event log by then, whether or not this is still open.
        self.do_in_time(self._remove, "removal of what the studio made", lambda _why: None)

    async def _remove(self) -> None:
        try:
            await self._studio.executor.run(RemoveOwnQueues(self._names))
        finally:
            self._studio.monitor.refresh()


def _within_reach(broker: Broker, queue: str) -> bool:
    """Not so what is watched in other virtual hosts."""
    try:
        broker.check_work(queue)
    except BrokerError:
        return False
    return True


def _told(queue: QueueState) -> str:
    stored = known(queue.messages, None)
    if stored is None:
        return visible(queue.name)
    return f"{visible(queue.name)}, with {fmt.count(stored)} message{'' if stored == 1 else 's'}"
