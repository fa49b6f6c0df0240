"""What was played before has left queues on the broker, which go before something else is played there."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from wqstudio.domain.reading import known

if TYPE_CHECKING:  # the window's first picture comes without an engine
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


def left_over(studio: "Studio") -> set[str]:
    """Queues that were made here and are in use no more."""
    return set(studio.executor.made) - in_use(studio)


class LeftOver(QObject):
    """Tells of those in which there are messages, so that it can be said before these go."""

    changed = Signal(object)
    """Their names, a tuple."""

    def __init__(self, studio: "Studio", parent: QObject) -> None:
        super().__init__(parent)
        self._studio = studio
        self._names: tuple[str, ...] = ()
        self._unsubscribe = studio.monitor.subscribe(self._on_beat)

    def detach(self) -> None:
        self._unsubscribe()

    def _on_beat(self, beat: "Beat") -> None:
        queues = known(beat.snapshot.queues, {}) if beat.snapshot is not None else {}
        left = sorted(left_over(self._studio) & queues.keys())
        names = tuple(name for name in left if known(queues[name].messages, 0))
        if names != self._names:
            self._names = names
            self.changed.emit(names)
