"""Cards of one width, as many beside each other as there is room for, those of a row of one height."""

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QEvent, QRect, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from wqstudio.ui.theme import SPACE_M

_NEW_HEIGHTS = {QEvent.Type.LayoutRequest, QEvent.Type.FontChange, QEvent.Type.StyleChange, QEvent.Type.Polish}


class CardGrid(QWidget):
    """Cards stay as wide as those of other grids of its width, also where they do not fill a row."""

    def __init__(self, cards: Sequence[QWidget], least_width: int) -> None:
        super().__init__()
        self._cards, self._least = cards, least_width
        self._known: dict[int, Sequence[QRect]] = {}
        """Where cards are in a width: a layout asks ten times for each, and words take long to be measured."""
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)  # its hint is of one column
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        for card in cards:
            card.setParent(self)
            card.show()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return max((place.bottom() + 1 for place in self._places(width)), default=0)

    def sizeHint(self) -> QSize:
        return QSize(self._least, self.heightForWidth(max(self._least, self.width())))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._least, 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def event(self, event: QEvent) -> bool:
        if event.type() in _NEW_HEIGHTS:
            self._known.clear()
        return super().event(event)

    def row_ends(self, width: int) -> Sequence[int]:
        """Of each row, pixels from the upper edge of the first: where they were so much room."""
        return sorted({place.bottom() + 1 for place in self._places(width)})

    def arrange(self) -> None:
        """Some card needs another height."""
        self._known.clear()
        self.updateGeometry()
        self._place()

    def _place(self) -> None:
        for card, place in zip(self._cards, self._places(self.width()), strict=True):
            card.setGeometry(place)

    def _places(self, width: int) -> Sequence[QRect]:
        if width not in self._known:
            self._known[width] = tuple(self._measured(width))
        return self._known[width]

    def _measured(self, width: int) -> Iterator[QRect]:
        columns = max(1, (width + SPACE_M) // (self._least + SPACE_M))
        each = (width - (columns - 1) * SPACE_M) // columns
        top = 0
        for first in range(0, len(self._cards), columns):
            row = self._cards[first : first + columns]
            height = max(card.heightForWidth(each) for card in row)
            for column in range(len(row)):
                yield QRect(column * (each + SPACE_M), top, each, height)
            top += height + SPACE_M
