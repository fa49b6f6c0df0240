"""Type a few letters, get any action or any queue."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from wqstudio.ui import fuzzy
from wqstudio.ui.icons import pixmap
from wqstudio.ui.plain import PlainLabel
from wqstudio.ui.theme import SPACE_M, SPACE_S, SPACE_XL, Theme

_WIDTH, _ROWS, _ROW_HEIGHT = 600, 10, 38
_MOST = 50
_ICON = 18
_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Entry:
    text: str
    hint: str
    """What kind of thing it is, or its keys."""
    icon: str
    run: Callable[[], object]


@dataclass(frozen=True, slots=True)
class Found:
    entry: Entry
    places: tuple[int, ...]


def find(entries: Sequence[Entry], typed: str) -> list[Found]:
    """The best first; in the given order while nothing is typed."""
    hits = [(hit, entry) for entry in entries if (hit := fuzzy.match(typed, entry.text)) is not None]
    hits.sort(key=lambda pair: -pair[0].score)
    return [Found(entry, hit.places) for hit, entry in hits[:_MOST]]


class _Results(QAbstractListModel):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Found] = []

    def show_found(self, found: list[Found]) -> None:
        self.beginResetModel()
        self.found = found
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  Qt's own default
        return 0 if parent.isValid() else len(self.found)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self.found[index.row()].entry.text
        return None


class _Row(QStyledItemDelegate):
    """An icon, the text with the typed letters set off, and the hint at the right."""

    def __init__(self, model: _Results, theme: Theme) -> None:
        super().__init__()
        self._model, self._theme = model, theme

    def sizeHint(self, option: QStyleOptionViewItem, _index: _Index) -> QSize:
        return QSize(option.rect.width(), _ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        found, tones = self._model.found[index.row()], self._theme.tones
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(tones.hover))
            painter.drawRoundedRect(option.rect.adjusted(0, 1, 0, -1), 6, 6)
        area = option.rect.adjusted(SPACE_M, 0, -SPACE_M, 0)
        ratio = painter.device().devicePixelRatioF()
        drawing = pixmap(found.entry.icon, tones.muted, _ICON, ratio)
        painter.drawPixmap(area.left(), area.center().y() - _ICON // 2 + 1, drawing)
        area.setLeft(area.left() + _ICON + SPACE_M)
        area.setRight(area.right() - self._paint_hint(painter, area, found.entry.hint) - SPACE_M)
        self._paint_text(painter, area, found)
        painter.restore()

    def _paint_hint(self, painter: QPainter, area: QRect, hint: str) -> int:
        painter.setPen(QColor(self._theme.tones.muted))
        painter.drawText(area, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, hint)
        return painter.fontMetrics().horizontalAdvance(hint)

    def _paint_text(self, painter: QPainter, area: QRect, found: Found) -> None:
        tones, metrics = self._theme.tones, painter.fontMetrics()
        text = metrics.elidedText(found.entry.text, Qt.TextElideMode.ElideRight, area.width())
        left = area.left()
        for place, letter in enumerate(text):
            painter.setPen(QColor(tones.accent if place in found.places else tones.text))
            painter.drawText(
                QRect(left, area.top(), area.width(), area.height()), Qt.AlignmentFlag.AlignVCenter, letter
            )
            left = area.left() + metrics.horizontalAdvance(text[: place + 1])


class CommandPalette(QDialog):
    def __init__(self, parent: QWidget, theme: Theme, entries: Sequence[Entry]) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.setObjectName("commandPalette")
        self.setAccessibleName("Command palette")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self._entries = entries
        self._results = _Results()
        self._lay_out(theme)
        self._input.textChanged.connect(self._search)
        self._input.installEventFilter(self)
        self._list.clicked.connect(lambda _index: self._run())
        self._search("")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Up and down move in the list while one types."""
        if watched is self._input and isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
                self._move(1 if event.key() == Qt.Key.Key_Down else -1)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._run()
                return True
        return super().eventFilter(watched, event)

    @property
    def found(self) -> list[str]:
        return [found.entry.text for found in self._results.found]

    def _lay_out(self, theme: Theme) -> None:
        self._input = QLineEdit()
        self._input.setObjectName("paletteInput")
        self._input.setAccessibleName("Search actions and queues")
        self._input.setPlaceholderText("Search actions, queues and consumers")
        self._list = QListView()
        self._list.setObjectName("paletteResults")
        self._list.setAccessibleName("Found")
        self._list.setModel(self._results)
        self._row = _Row(self._results, theme)
        self._list.setItemDelegate(self._row)
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._nothing = PlainLabel("Nothing by that name")
        self._nothing.setProperty("kind", "muted")
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        frame = QFrame()
        frame.setProperty("kind", "popup")
        inside = QVBoxLayout(frame)
        inside.setContentsMargins(0, 0, 0, SPACE_S)
        inside.setSpacing(SPACE_S)
        inside.addWidget(self._input)
        inside.addWidget(self._nothing)
        list_margin = QVBoxLayout()
        list_margin.setContentsMargins(SPACE_S, 0, SPACE_S, 0)
        list_margin.addWidget(self._list)
        inside.addLayout(list_margin)
        around = QVBoxLayout(self)
        around.setContentsMargins(0, 0, 0, 0)
        around.addWidget(frame)
        self._layouts = (list_margin, inside, around)
        """From the inside out."""

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._input.setFocus()

    def open_over(self, window: QWidget) -> None:
        """Below the window's top edge, in the middle."""
        width = min(_WIDTH, window.width() - 2 * SPACE_XL)
        self.setFixedWidth(width)
        corner = window.mapToGlobal(window.rect().topLeft())
        self.move(corner.x() + (window.width() - width) // 2, corner.y() + 64)
        self.show()

    def _search(self, typed: str) -> None:
        self._results.show_found(find(self._entries, typed))
        self._nothing.setVisible(not self._results.found)
        self._list.setVisible(bool(self._results.found))
        self._list.setCurrentIndex(self._results.index(0))
        self._list.setFixedHeight(min(_ROWS, len(self._results.found)) * _ROW_HEIGHT)
        for layout in self._layouts:  # else the size is that of the rows before
            layout.activate()
        self.adjustSize()

    def _move(self, by: int) -> None:
        rows = len(self._results.found)
        if rows:
            self._list.setCurrentIndex(self._results.index((self._list.currentIndex().row() + by) % rows))

    def _run(self) -> None:
        row = self._list.currentIndex().row()
        if 0 <= row < len(self._results.found):
            run = self._results.found[row].entry.run
            self.close()
            run()
