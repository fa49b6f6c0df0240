"""How many messages wait for somebody to take them."""

from collections.abc import Sequence

from wqstudio.domain.history import ConsumerField, Field
from wqstudio.ui.graphs.curves import Curve
from wqstudio.ui.graphs.graph import Graph
from wqstudio.ui.graphs.past import Past
from wqstudio.ui.theme import Concept


class WaitingGraph(Graph):
    name = "waitingGraph"
    title = "Waiting"
    unit = "messages"

    def read(self, past: Past) -> Sequence[Curve]:
        if past.scope.consumer:
            series = past.consumer((past.scope.queue, past.scope.consumer))
            values = series.of(ConsumerField.WAITING)
        else:
            series = past.queue()
            values = series.of(Field.WAITING)
        return (Curve(past.words.waiting, Concept.WAITING.color, series.times, values, filled=True),)

    def figure(self, curves: Sequence[Curve]) -> tuple[str, str]:
        return self.counted(curves[0].latest)
