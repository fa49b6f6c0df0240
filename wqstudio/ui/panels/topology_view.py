"""A scenario's picture, drawn from the scenario itself: producers, queues, workers, and the ways of the work."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from wqstudio.ui.models.topology import Kind, Link, Station, Topology, Way
from wqstudio.ui.panels.painting import legible, smaller, veiled
from wqstudio.ui.theme import SPACE_L, SPACE_S, SPACE_XS, Concept, Theme, lane_color

_ON_COLOR = QColor("#0B1220")
_DETAILED_ROW = 54
_CARD_HEIGHT, _SMALL_CARD_HEIGHT = 104, 84
_ABOVE, _BELOW = 14, 10
"""Kept free on a card for ways that go round…"""
_SMALL_ABOVE, _SMALL_BELOW = 9, 8
"""… and on a small one."""
_WORDS_BELOW = 20
"""Kept free where there are words below what stands lowest."""
_RADIUS = 9.0
_PIPE = QSize(72, 22)
_SHORT_PIPE = QSize(48, 22)
_MOST_ROOMY = 3
"""Columns of a card beyond which there is no room for long ones."""
_NAMED_ROW = 40
"""Pixels for a queue that have room for its name as well."""
_DETAILED_PIPE = QSize(128, 30)
_DETAILED_SHORT_PIPE = QSize(92, 30)
_BAR, _BAR_GAP = 5.0, 4.0
_ARROW = 5.0


class TopologyView(QWidget):
    """``detailed``: with every name; else as small as on a card."""

    def __init__(self, theme: Theme, *, detailed: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("topology")
        self._theme, self._detailed, self._small = theme, detailed, False
        self._topology = Topology((), ())
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_topology(self, topology: Topology) -> None:
        self._topology = topology
        self.setAccessibleName(f"Picture: {topology.spoken}")
        self.updateGeometry()
        self.update()

    def show_small(self, *, small: bool) -> None:
        """As on a card for which there is little room."""
        self._small = small
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        if not self._detailed:
            return QSize(200, _SMALL_CARD_HEIGHT if self._small else _CARD_HEIGHT)
        return QSize(480, max(3, self._topology.rows) * _DETAILED_ROW + _WORDS_BELOW)

    def minimumSizeHint(self) -> QSize:
        return QSize(180, self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        _Drawing(painter, self._room(), self._topology, self._theme, detailed=self._detailed).paint()
        painter.end()

    def _room(self) -> QRectF:
        """For what stands in columns; beyond it there is room for words, and for ways that go round."""
        if self._detailed:
            above, below = 0, _WORDS_BELOW
        else:
            above, below = (_SMALL_ABOVE, _SMALL_BELOW) if self._small else (_ABOVE, _BELOW)
        return QRectF(self.rect()).adjusted(0, above, 0, -below)


class _Drawing:
    """One painting of it."""

    def __init__(self, painter: QPainter, area: QRectF, topology: Topology, theme: Theme, *, detailed: bool) -> None:
        self._painter, self._topology, self._theme, self._detailed = painter, topology, theme, detailed
        painter.setFont(smaller(painter.font(), 1 if detailed else 2))
        self._metrics = QFontMetricsF(painter.font())
        crowded = len(topology.columns) > _MOST_ROOMY
        long, short = (_DETAILED_PIPE, _DETAILED_SHORT_PIPE) if detailed else (_PIPE, _SHORT_PIPE)
        self._pipe = short if crowded else long
        self._named = detailed or area.height() >= _NAMED_ROW * max(map(len, topology.columns[1:2]), default=0)
        self._places = dict(self._arranged(area))

    def paint(self) -> None:
        for link in self._topology.links:
            self._paint_link(link)
        for column in self._topology.columns:
            for station in column:
                self._paint_station(station, self._places[station.key])

    # Where things are

    def _arranged(self, area: QRectF) -> list[tuple[str, QPointF]]:
        """Each station's middle. The first and the last column stand at the edges, with their words inside."""
        columns = self._topology.columns
        left = area.left() + self._room_before()
        right = area.right() - self._room_after()
        step = (right - left) / max(1, len(columns) - 1)
        return [
            (station.key, QPointF(left + step * number, area.top() + area.height() * (row + 0.5) / len(column)))
            for number, column in enumerate(columns)
            for row, station in enumerate(column)
        ]

    def _room_before(self) -> float:
        """Half of what is below a producer."""
        if self._detailed:
            return min(100.0, max(68.0, self._widest(self._topology.columns[0]) / 2 + SPACE_XS))
        return SPACE_L + _RADIUS

    def _room_after(self) -> float:
        if self._detailed:
            return min(190.0, self._widest(self._topology.columns[-1]) + self._widest_worker + SPACE_L)
        speeds = [f"×{one.speed:g}" for one in self._topology.columns[-1] if one.speed is not None]
        widest = max(map(self._metrics.horizontalAdvance, speeds), default=0.0)
        behind = 7.0 if self._stacked else 0.0
        return widest + self._widest_worker + SPACE_S + behind + (SPACE_XS if speeds else SPACE_S)

    def _widest(self, column: Sequence[Station]) -> float:
        """Of the words at what stands there."""
        texts = [text for one in column for text in (one.name, one.detail)]
        return max(map(self._metrics.horizontalAdvance, texts), default=0.0)

    @property
    def _widest_worker(self) -> float:
        return max(map(self._half_worker, self._topology.columns[-1]))

    @property
    def _stacked(self) -> bool:
        """Some workers stand behind each other."""
        return any(station.count > 1 for station in self._topology.columns[-1])

    # What is drawn

    def _paint_station(self, station: Station, at: QPointF) -> None:
        match station.kind:
            case Kind.QUEUE:
                self._paint_queue(station, at, Concept.WAITING.color, dashed=False)
            case Kind.DEAD:
                self._paint_queue(station, at, Concept.DEAD.color, dashed=True)
            case Kind.RETRIES:
                self._paint_queue(station, at, Concept.REDELIVERED.color, dashed=True)
            case Kind.CONSUMER:
                self._paint_consumer(station, at)
            case Kind.PRODUCERS:
                self._paint_producer(station, at)
            case Kind.WORKERS:
                self._paint_worker(station, at)

    def _paint_queue(self, station: Station, at: QPointF, color: QColor, *, dashed: bool) -> None:
        box = self._box(at)
        outline = QPen(legible(color, self._theme), 1.4)
        if dashed:
            outline.setDashPattern([3, 2])
        self._painter.setPen(outline)
        self._painter.setBrush(QColor(self._theme.tones.panel))
        self._painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
        self._painter.setPen(Qt.PenStyle.NoPen)
        self._painter.setBrush(color)
        x = box.right() - box.height() / 2 - _BAR
        bars = int((box.width() - box.height()) / (_BAR + _BAR_GAP))
        for number in range(2 if dashed else bars):
            self._painter.setOpacity(1.0 - 0.8 * number / bars)
            self._painter.drawRoundedRect(QRectF(x, box.top() + 6, _BAR, box.height() - 12), 1.5, 1.5)
            x -= _BAR + _BAR_GAP
        self._painter.setOpacity(1.0)
        if self._named:
            self._say_below(station.name, at, box.height() / 2, box.width() + 2 * SPACE_L)

    def _paint_consumer(self, station: Station, at: QPointF) -> None:
        self._painter.setPen(QPen(QColor(self._theme.tones.muted), 1.4))
        self._painter.setBrush(QColor(self._theme.tones.panel))
        self._painter.drawEllipse(at, 5, 5)
        if self._detailed:
            self._say_below(station.name, at, 5, 120)

    def _paint_producer(self, station: Station, at: QPointF) -> None:
        r = _RADIUS
        shape = QPolygonF(
            [at + QPointF(-r, -r), at + QPointF(r * 0.4, -r), at + QPointF(r * 1.3, 0), at + QPointF(r * 0.4, r),
             at + QPointF(-r, r)]
        )  # fmt: skip
        self._painter.setPen(Qt.PenStyle.NoPen)
        self._painter.setBrush(legible(Concept.PUBLISHED.color, self._theme))
        self._painter.drawPolygon(shape)
        if station.count > 1:
            self._painter.setPen(QColor(self._theme.tones.panel))
            self._painter.drawText(QRectF(at.x() - r, at.y() - r, 2 * r, 2 * r), _CENTRE, str(station.count))
        if self._detailed:
            room = 2 * self._room_before() - SPACE_XS
            self._say_below(station.name, at, r, room)
            self._say_below(station.detail, at + QPointF(0, self._metrics.height()), r, room, muted=True)

    def _paint_worker(self, station: Station, at: QPointF) -> None:
        color, half = lane_color(station.lane), self._half_worker(station)
        box = QRectF(at.x() - half, at.y() - _RADIUS, 2 * half, 2 * _RADIUS)
        self._painter.setPen(QPen(QColor(self._theme.tones.panel), 1.2))
        for behind in range(min(2, station.count - 1), -1, -1):
            self._painter.setBrush(veiled(color, 0.6) if behind else color)
            self._painter.drawRoundedRect(box.translated(3.5 * behind, 0), _RADIUS, _RADIUS)
        if station.count > 1:
            self._painter.setPen(_ON_COLOR)
            self._painter.drawText(box, _CENTRE, str(station.count))
        self._say_beside(station, at)

    def _half_worker(self, station: Station) -> float:
        """Half the width of a worker, or of several: a circle, unless their number needs more room."""
        return max(_RADIUS, self._metrics.horizontalAdvance(str(station.count)) / 2 + SPACE_XS)

    def _say_beside(self, station: Station, at: QPointF) -> None:
        left = at.x() + self._half_worker(station) + SPACE_S + (3.5 * min(2, station.count - 1))
        height, tones = self._metrics.height(), self._theme.tones
        if not self._detailed:
            if station.speed is not None:
                self._painter.setPen(QColor(tones.muted))
                self._painter.drawText(
                    QRectF(left - SPACE_XS, at.y() - height / 2, 40, height), _BESIDE, f"×{station.speed:g}"
                )
            return
        room = 170.0
        for line, (text, tone) in enumerate(((station.name, tones.text), (station.detail, tones.muted))):
            self._painter.setPen(QColor(tone))
            self._painter.drawText(
                QRectF(left, at.y() - height + line * height, room, height), _BESIDE, self._elided(text, room)
            )

    def _say_below(self, text: str, at: QPointF, below: float, room: float, *, muted: bool = False) -> None:
        tones = self._theme.tones
        self._painter.setPen(QColor(tones.text if self._detailed and not muted else tones.muted))
        box = QRectF(at.x() - room / 2, at.y() + below + 1, room, self._metrics.height())
        self._painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self._elided(text, room))

    def _elided(self, text: str, room: float) -> str:
        return self._metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, room)

    # The ways

    def _paint_link(self, link: Link) -> None:
        start, end = self._places[link.start], self._places[link.end]
        match link.way:
            case Way.DEAD:
                self._paint_fall(start, end, Concept.DEAD.color)
            case Way.ASIDE:
                self._paint_fall(start, end, Concept.REDELIVERED.color)
            case Way.BACK:
                self._paint_return(start, end, Concept.REDELIVERED.color)
            case Way.ON if end.y() - start.y() > 2 * _RADIUS:
                self._paint_descent(start, end, Concept.PUBLISHED.color)
            case Way.ON:
                self._paint_return(start, end, Concept.PUBLISHED.color)
            case Way.FLOW | Way.FIRST:
                self._paint_flow(link, start, end)

    def _paint_flow(self, link: Link, start: QPointF, end: QPointF) -> None:
        a = start + QPointF(self._half(link.start) + 1, 0)
        b = end - QPointF(self._half(link.end) + 2, 0)
        middle = (a.x() + b.x()) / 2
        path = QPainterPath(a)
        path.cubicTo(QPointF(middle, a.y()), QPointF(middle, b.y()), b - QPointF(_ARROW, 0))
        color = QColor(self._theme.tones.muted)
        self._stroke(path, QPen(color, 2.4 if link.way is Way.FIRST else 1.2))
        self._paint_head(b, QPointF(1, 0), color)

    def _paint_fall(self, start: QPointF, end: QPointF, tint: QColor) -> None:
        """From a queue to what lies aside of it, below it, past its name."""
        half, height = self._pipe.width() / 2, self._pipe.height() / 2
        color = legible(tint, self._theme)
        pen = QPen(color, 1.4)
        pen.setDashPattern([3, 2])
        x = start.x() - half
        path = QPainterPath(QPointF(x + height * 0.3, start.y() + height * 0.7))
        tip = QPointF(end.x() - half - 1, end.y())
        path.cubicTo(QPointF(x - 14, start.y() + height), QPointF(x - 22, end.y()), tip - QPointF(_ARROW, 0))
        self._stroke(path, pen)
        self._paint_head(tip, QPointF(1, 0), color)

    def _paint_return(self, start: QPointF, end: QPointF, tint: QColor) -> None:
        """From workers into a queue, over the line."""
        color = legible(tint, self._theme)
        pen = QPen(color, 1.2)
        pen.setDashPattern([2, 3])
        a = start + QPointF(-_RADIUS * 0.6, -_RADIUS * 0.8)
        b = end + QPointF(self._pipe.width() * 0.3, -self._pipe.height() / 2 - 2)
        lift = 16 if start.y() <= end.y() else 26
        path = QPainterPath(a)
        path.cubicTo(QPointF(a.x() - 12, a.y() - lift / 2), QPointF(b.x() + 4, b.y() - lift), b - QPointF(0, _ARROW))
        self._stroke(path, pen)
        self._paint_head(b, QPointF(0, 1), color)

    def _paint_descent(self, start: QPointF, end: QPointF, tint: QColor) -> None:
        """From workers to the near end of a queue that stands lower, past the name of the one above it."""
        color = legible(tint, self._theme)
        pen = QPen(color, 1.2)
        pen.setDashPattern([2, 3])
        height = self._pipe.height()
        a = start + QPointF(-_RADIUS * 0.6, _RADIUS * 0.8)
        b = end + QPointF(self._pipe.width() / 2 - height * 0.15 + 2, -height * 0.35 - 2)
        path = QPainterPath(a)
        path.cubicTo(QPointF(a.x() - 2, (a.y() + b.y()) / 2), b - _DOWN_LEFT * 16, b - _DOWN_LEFT * _ARROW)
        self._stroke(path, pen)
        self._paint_head(b, _DOWN_LEFT, color)

    def _stroke(self, path: QPainterPath, pen: QPen) -> None:
        self._painter.setPen(pen)
        self._painter.setBrush(Qt.BrushStyle.NoBrush)
        self._painter.drawPath(path)

    def _paint_head(self, tip: QPointF, way: QPointF, color: QColor) -> None:
        back, side = way * _ARROW, QPointF(-way.y(), way.x()) * (_ARROW * 0.6)
        self._painter.setPen(Qt.PenStyle.NoPen)
        self._painter.setBrush(color)
        self._painter.drawPolygon(QPolygonF([tip, tip - back + side, tip - back - side]))

    def _half(self, key: str) -> float:
        """Half the width of a station."""
        if key.startswith("queue"):
            return self._pipe.width() / 2
        if key.startswith("consumer"):
            return 5.0
        workers = {one.key: self._half_worker(one) for one in self._topology.columns[-1]}
        return workers.get(key, _RADIUS) + 3

    def _box(self, at: QPointF) -> QRectF:
        return QRectF(
            at.x() - self._pipe.width() / 2, at.y() - self._pipe.height() / 2, self._pipe.width(), self._pipe.height()
        )


_DOWN_LEFT = QPointF(-0.7, 0.7)
_CENTRE = Qt.AlignmentFlag.AlignCenter
_BESIDE = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
