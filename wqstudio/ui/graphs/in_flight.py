"""What is in somebody's hands, and in whose."""

from collections.abc import Mapping, Sequence

import numpy as np
from PySide6.QtGui import QColor

from wqstudio.domain.history import ConsumerField, Field
from wqstudio.domain.series import Floats, Series
from wqstudio.domain.worker import WorkerState
from wqstudio.ui.graphs.curves import STROKES, Curve
from wqstudio.ui.graphs.graph import Graph
from wqstudio.ui.graphs.past import Past
from wqstudio.ui.theme import REST_COLOR, Concept, lane_color

_LANES = 8
"""So many workers or consumers are told apart; the rest is summed."""


class InFlightGraph(Graph):
    """The total as the broker counts it; under it what the studio's own workers hold, or the consumers' shares.

    Where the broker does not tell the total, the workers' shares are all there is.
    """

    name = "inFlightGraph"
    title = "In flight"
    unit = "messages"

    def read(self, past: Past) -> Sequence[Curve]:
        total = self._total(past)
        times, held = past.workers()
        if held:
            shares = _stacked(times, held, {worker: past.load.state(worker) for worker in held})
            return shares if _unknown(total) else (*shares, total)
        return (*self._consumers(past), total)

    def figure(self, curves: Sequence[Curve]) -> tuple[str, str]:
        return self.counted(curves[-1].latest_height)

    def note(self, past: Past) -> str:
        _, held = past.workers()
        if held:
            return "of the studio's workers alone" if _unknown(self._total(past)) else "by worker"
        return "by consumer" if len(past.consumers()) > 1 and not past.scope.consumer else ""

    @staticmethod
    def _total(past: Past) -> Curve:
        color = Concept.IN_FLIGHT.color
        if past.scope.consumer:
            series: Series = past.consumer((past.scope.queue, past.scope.consumer))
            return Curve(past.words.in_flight, color, series.times, series.of(ConsumerField.IN_FLIGHT))
        series = past.queue()
        return Curve(past.words.in_flight, color, series.times, series.of(Field.IN_FLIGHT))

    @staticmethod
    def _consumers(past: Past) -> Sequence[Curve]:
        """One line each where there are several to tell apart."""
        consumers = past.consumers()
        if past.scope.consumer or len(consumers) < 2:
            return ()
        curves = []
        for index, consumer in enumerate(consumers[:_LANES]):
            series = past.consumer(consumer.key)
            stroke = STROKES[(index + 1) % len(STROKES)]
            values = series.of(ConsumerField.IN_FLIGHT)
            curves.append(Curve(consumer.name, lane_color(index), series.times, values, stroke))
        return curves


def _unknown(curve: Curve) -> bool:
    """The broker told no value of it."""
    return bool(np.isnan(curve.values).all())


def _stacked(times: Floats, held: Mapping[int, Floats], workers: Mapping[int, WorkerState]) -> list[Curve]:
    shown = sorted(sorted(held, key=lambda worker: -float(held[worker].sum()))[:_LANES])
    rest = [worker for worker in held if worker not in shown]
    floor = np.zeros(len(times))
    curves = []
    for worker in shown:
        floor = floor + held[worker]
        state = workers[worker]
        curves.append(Curve(state.spec.name, lane_color(state.place), times, held[worker], top=floor))
    if rest:
        others = np.sum([held[worker] for worker in rest], axis=0)
        curves.append(Curve(f"{len(rest)} more", QColor(REST_COLOR), times, others, top=floor + others))
    return curves
