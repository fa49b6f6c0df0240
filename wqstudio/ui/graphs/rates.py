"""How fast messages come, are given out and are done."""

from collections.abc import Sequence

from wqstudio.domain.history import Field
from wqstudio.ui.graphs.curves import Curve, Stroke
from wqstudio.ui.graphs.graph import Graph
from wqstudio.ui.graphs.past import Past
from wqstudio.ui.theme import Concept


class RatesGraph(Graph):
    name = "ratesGraph"
    title = "Rates"
    unit = "messages/s"
    polls = 2

    def read(self, past: Past) -> Sequence[Curve]:
        series = past.queue()
        return (
            Curve("published", Concept.PUBLISHED.color, series.times, series.of(Field.PUBLISHED), Stroke.DASHED),
            Curve("delivered", Concept.IN_FLIGHT.color, series.times, series.of(Field.DELIVERED), Stroke.DOTTED),
            Curve("acked", Concept.ACKED.color, series.times, series.of(Field.ACKED)),
        )

    def figure(self, curves: Sequence[Curve]) -> tuple[str, str]:
        return self.value_text(curves[-1].latest), "acked/s"

    def note(self, past: Past) -> str:
        return f"of {past.scope.queue}" if past.scope.consumer else ""
