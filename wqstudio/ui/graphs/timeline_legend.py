"""The legend of a timeline, on two lines, or three where there is little room."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFocusEvent, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from wqstudio.ui.graphs.timeline_key import ENTRIES, SAMPLE, Entry, paint_sample
from wqstudio.ui.graphs.timeline_key_list import KeyList
from wqstudio.ui.theme import SPACE_XS, Theme

_LINE, _BETWEEN = 20, 9
_LINES, _MOST_LINES = 2, 3
"""That it takes at most with room for all, and without."""
_MORE = "…"
_CLOSER = 8
"""Pixels by which the lines are tried to be made shorter."""
_HINT = "What the colours and signs mean"


@dataclass(frozen=True, slots=True)
class _Placed:
    box: QRectF
    words: str
    entry: Entry | None
    """None: there are more, for which there is no room."""


class TimelineLegend(QWidget):
    """Its lines are about as long as each other. A click, or Enter, lists all entries with what they mean."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setObjectName("timelineLegend")
        self.setAccessibleName("Legend of the timeline")
        self.setAccessibleDescription(", ".join(f"{entry.name}: {entry.tip}" for entry in ENTRIES))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        font = self.font()
        font.setPixelSize(11)
        self.setFont(font)
        self.setFixedHeight(_LINE)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(200, _LINE)

    @property
    def shown(self) -> list[tuple[QRectF, str]]:
        """The words in sight, and where they and their samples are."""
        return [(placed.box, placed.words) for placed in self._places()]

    def list_all(self) -> None:
        """With what they mean."""
        KeyList(self._theme, self).open_at(self.mapToGlobal(QPoint(0, self.height())))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wanted = int(self._places()[-1].box.bottom())
        if wanted != self.height():
            self.setFixedHeight(wanted)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self.list_all()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.list_all()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            under = next((placed for placed in self._places() if placed.box.contains(QPointF(event.pos()))), None)
            if under is not None:
                QToolTip.showText(event.globalPos(), _HINT if under.entry is None else _told(under.entry), self)
            return True
        return super().event(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, tones = QPainter(self), self._theme.tones
        for placed in self._places():
            words = QRectF(placed.box)
            if placed.entry is not None:
                top = words.top() + (_LINE - SAMPLE.height()) / 2
                sample = QRectF(words.left(), top, SAMPLE.width(), SAMPLE.height())
                paint_sample(painter, sample, placed.entry, tones)
                words.adjust(SAMPLE.width() + SPACE_XS, 0, 0, 0)
            painter.setPen(QColor(tones.text if self.hasFocus() else tones.muted))
            words.adjust(0, 0, _BETWEEN, 0)
            painter.drawText(words, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, placed.words)

    def _places(self) -> list[_Placed]:
        """All of them, in whole words, else in short ones, on one line more if need be; else as many as fit."""
        for lines, named in _tries():
            boxes = self._wrapped(named)
            if boxes[-1].bottom() <= lines * _LINE:
                break
        return [_Placed(box, words, entry) for box, (words, entry) in zip(boxes, named, strict=True)]

    def _wrapped(self, named: Sequence[tuple[str, Entry | None]]) -> list[QRectF]:
        advance = self.fontMetrics().horizontalAdvance
        widths = [advance(words) + (0 if entry is None else SAMPLE.width() + SPACE_XS) for words, entry in named]
        boxes = _wrapped(widths, self.width())
        for width in range(self.width() - _CLOSER, 0, -_CLOSER):
            closer = _wrapped(widths, width)
            if closer[-1].bottom() > boxes[-1].bottom():
                break
            boxes = closer
        return boxes


def _tries() -> Iterator[tuple[int, Sequence[tuple[str, Entry | None]]]]:
    """On how many lines what may be shown, the best first."""
    short = [(entry.brief, entry) for entry in ENTRIES]
    yield _LINES, [(entry.name, entry) for entry in ENTRIES]
    yield _LINES, short
    yield _MOST_LINES, short
    for count in range(len(ENTRIES) - 1, 0, -1):
        yield _MOST_LINES, [*short[:count], (_MORE, None)]


def _told(entry: Entry) -> str:
    return f"{entry.name[0].upper()}{entry.name[1:]}: {entry.tip[0].lower()}{entry.tip[1:]}"


def _wrapped(widths: Sequence[int], room: int) -> list[QRectF]:
    """As many on each line as there is room for, and one at least."""
    boxes: list[QRectF] = []
    left = top = 0
    for width in widths:
        if left and left + width > room:
            left, top = 0, top + _LINE
        boxes.append(QRectF(left, top, width, _LINE))
        left += width + _BETWEEN
    return boxes
