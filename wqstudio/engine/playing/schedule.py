"""What is done to a play and when: in the order of the clock, but what needs a broker that is away waits for it."""

from collections.abc import Callable, Iterable

from wqstudio.domain.scenario import Fault


class Schedule:
    """``may_come`` tells whether what a fault waits for besides the clock is so; whatever comes later waits as well."""

    def __init__(self, faults: Iterable[Fault], may_come: Callable[[Fault], bool]) -> None:
        self._coming = sorted(faults, key=lambda fault: fault.at)
        self._may_come = may_come
        self._put_off: list[Fault] = []

    @property
    def coming(self) -> tuple[Fault, ...]:
        """Those that nobody has seen to yet, the next one first."""
        return tuple(self._coming)

    def take(self, passed: float, *, away: bool) -> Fault | None:
        """The next one that can be done now, which is nobody's concern here any more; ``away``: the broker is."""
        for fault in self._due(passed):
            if not (away and fault.action.needs_broker_to):
                self._coming.remove(fault)
                return fault
        return None

    def put_off(self, passed: float, *, away: bool) -> list[Fault]:
        """Those that are due, and have to wait for the broker since this was asked last."""
        late = [fault for fault in self._due(passed) if away and fault.action.needs_broker_to]
        new = [fault for fault in late if fault not in self._put_off]
        self._put_off.extend(new)
        return new

    def was_put_off(self, fault: Fault) -> bool:
        return fault in self._put_off

    def next_after(self, passed: float) -> float | None:
        """Seconds of the play at which another one is due; None: there is none."""
        return next((fault.at for fault in self._coming if fault.at > passed), None)

    def _due(self, passed: float) -> list[Fault]:
        due = []
        for fault in self._coming:
            if fault.at > passed or not self._may_come(fault):
                break
            due.append(fault)
        return due
