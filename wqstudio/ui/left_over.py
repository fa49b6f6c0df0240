"""What was played before has left queues on the broker, which go before something else is played there."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from wqstudio.domain.reading import Unknown, known

if TYPE_CHECKING:  # the window's first picture comes without an engine
    from wqstudio.domain.queue import QueueSpec, QueueState
    from wqstudio.engine.monitor import Beat
    from wqstudio.engine.studio import Studio


def in_use(studio: "Studio") -> set[str]:
    """Queues that somebody of the studio's works on or fills.

    What such a queue has for its dead letters and retries is in use with it: without, what dies there would be lost.
    """
    fleet, specs = studio.fleet, studio.executor.specs.values()
    workers = (worker.spec.queues for worker in fleet.workers.values() if not worker.phase.over)
    filled = {producer.spec.queue for producer in fleet.producers.values() if not producer.phase.over}
    used = filled.union(*workers)
    return used | {spec.name for spec in specs if {spec.dead_letters_of, spec.retries_of} & used}


def left_over(studio: "Studio") -> "dict[str, QueueSpec]":
    """Queues that were made here and are in use no more, by name, as they were asked for."""
    used, specs = in_use(studio), studio.executor.specs
    return {name: specs[name] for name in studio.executor.made if name not in used}


class LeftOver(QObject):
    """Tells of them, and in which there are messages, so that it can be said before these go."""

    changed = Signal(object, object)
    """What ``left_over`` gives, and the names of those that may hold messages, a frozenset."""

    def __init__(self, studio: "Studio", parent: QObject) -> None:
        super().__init__(parent)
        self._studio = studio
        self._told: tuple[dict[str, QueueSpec], frozenset[str]] = {}, frozenset()
        self._unsubscribe = studio.monitor.subscribe(self._on_beat)

    def detach(self) -> None:
        self._unsubscribe()

    def _on_beat(self, beat: "Beat") -> None:
        queues = beat.snapshot.queues if beat.snapshot is not None else None
        if queues is None or isinstance(queues, Unknown):
            return  # what was told is the last that is known
        left = left_over(self._studio)
        filled = frozenset(name for name in left if name in queues and may_hold_messages(queues[name]))
        if (left, filled) != self._told:
            self._told = left, filled
            self.changed.emit(left, filled)


def may_hold_messages(queue: "QueueState") -> bool:
    """Those that wait elsewhere for their next try among them. What is unacked is not known of every queue."""
    return known(queue.messages, known(queue.waiting, 1)) > 0 or known(queue.retrying, 0) > 0
