"""How often messages are given out that were given out before, where the broker counts that."""

from collections.abc import Sequence

from wqstudio.domain.history import Field, History
from wqstudio.domain.reading import known
from wqstudio.ui import format as figures
from wqstudio.ui.graphs.curves import Curve
from wqstudio.ui.graphs.graph import Graph
from wqstudio.ui.graphs.past import Past
from wqstudio.ui.theme import Concept


class RedeliveriesGraph(Graph):
    name = "redeliveriesGraph"
    title = "Redelivered"
    unit = "messages/s"
    polls = 2

    @staticmethod
    def suits(history: History) -> bool:
        return history.redelivered_is_rate

    def read(self, past: Past) -> Sequence[Curve]:
        series = past.queue()
        rates = series.of(Field.REDELIVERED)
        return (Curve("redelivered", Concept.REDELIVERED.color, series.times, rates, filled=True),)

    def figure(self, curves: Sequence[Curve]) -> tuple[str, str]:
        return self.value_text(curves[0].latest), "redelivered/s"

    def note(self, past: Past) -> str:
        of = f"of {past.scope.queue}" if past.scope.consumer else ""
        return ", ".join(part for part in (of, _waiting(_retrying(past))) if part)


def _waiting(count: int) -> str:
    if not count:
        return ""
    return "1 waits for a retry" if count == 1 else f"{figures.count(count)} wait for a retry"


def _retrying(past: Past) -> int:
    """As far as it is known."""
    queues = known(past.snapshot.queues, {}) if past.snapshot is not None else {}
    names = queues if past.scope.whole_broker else [past.scope.queue]
    return sum(known(queues[name].retrying, 0) for name in names if name in queues)
