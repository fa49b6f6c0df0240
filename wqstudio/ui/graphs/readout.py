"""The figures under the pointer."""

from collections.abc import Sequence
from html import escape

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from wqstudio.ui.graphs.axes import clock
from wqstudio.ui.graphs.curves import Curve
from wqstudio.ui.theme import SPACE_S, Tones

_OFFSET = 14
_MOST = 9


class Readout(QFrame):
    """Floats beside the crosshair, on the side where there is room. Takes no mouse events."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._parent = parent
        self.setProperty("kind", "readout")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._text = QLabel(self)
        self._text.setObjectName("readout")
        self._text.setTextFormat(Qt.TextFormat.RichText)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_S, SPACE_S - 2, SPACE_S, SPACE_S - 2)
        layout.addWidget(self._text)
        self.hide()

    @property
    def words(self) -> str:
        return self._text.text()

    def show_at(self, x: int, time: float, values: Sequence[tuple[Curve, str]], tones: Tones) -> None:
        """``values``: curves with their values as text."""
        rows = [(curve.color.name(), curve.name, value) for curve, value in values[:_MOST]]
        self.show_rows(QPoint(x, SPACE_S), clock(time), rows, tones)

    def show_rows(self, at: QPoint, heading: str, rows: Sequence[tuple[str, str, str]], tones: Tones) -> None:
        """Colours, as ``#RRGGBB`` or empty, with names and values; on either side of ``at``, and not above it."""
        lines = "".join(
            f"<tr><td style='color:{color or tones.muted}'>{'■' if color else ''}&nbsp;</td>"
            f"<td style='color:{tones.muted}'>{escape(name)}&nbsp;&nbsp;</td>"
            f"<td align='right'><b>{escape(value)}</b></td></tr>"
            for color, name, value in rows
        )
        self._text.setText(
            f"<span style='color:{tones.muted}'>{escape(heading)}</span><table cellspacing='0'>{lines}</table>"
        )
        self.adjustSize()
        room = self._parent.size()
        left = at.x() + _OFFSET if at.x() + _OFFSET + self.width() < room.width() else at.x() - _OFFSET - self.width()
        self.move(QPoint(max(0, left), max(0, min(at.y(), room.height() - self.height()))))
        self.show()
        self.raise_()
