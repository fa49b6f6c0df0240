"""What was given out more than once, and what nobody will be given again."""

from collections.abc import Sequence

from wqstudio.domain.history import Field, History
from wqstudio.ui.graphs.curves import Curve, Stroke
from wqstudio.ui.graphs.graph import Graph
from wqstudio.ui.graphs.past import Past
from wqstudio.ui.theme import Concept


class RedeliveredGraph(Graph):
    name = "redeliveredGraph"
    title = "Redelivered"
    unit = "messages"

    @staticmethod
    def suits(history: History) -> bool:
        return not history.redelivered_is_rate

    def read(self, past: Past) -> Sequence[Curve]:
        series = past.queue()
        return (
            Curve("redelivered", Concept.REDELIVERED.color, series.times, series.of(Field.REDELIVERED), filled=True),
            Curve("stuck", Concept.DEAD.color, series.times, series.of(Field.STUCK), Stroke.DASHED),
        )

    def figure(self, curves: Sequence[Curve]) -> tuple[str, str]:
        redelivered, stuck = curves
        figure, words = self.counted(redelivered.latest)
        return figure, f"{words}, {self.value_text(stuck.latest)} stuck" if stuck.latest > 0 else words

    def note(self, past: Past) -> str:
        return f"of {past.scope.queue}" if past.scope.consumer else ""
