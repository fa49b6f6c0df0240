"""Where the letter that is open has its place: beside the list, below it, or instead of it."""

from enum import Enum

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QSplitter, QWidget

_WIDE = 676
"""Pixels from which on both have room beside each other."""
_HIGH = 630
"""Pixels from which on both have room above each other."""


class Place(Enum):
    BESIDE = "beside"
    BELOW = "below"
    INSTEAD = "instead"


class LetterRoom(QSplitter):
    """Holds the list and the letter. ``above`` is of use to the list alone, and gives its room to the letter."""

    def __init__(self, letters: QWidget, letter: QWidget, above: QWidget) -> None:
        super().__init__()
        self.setObjectName("lettersSplitter")
        self.setChildrenCollapsible(False)
        self._letters, self._letter, self._above = letters, letter, above
        self.place = Place.BESIDE
        for widget in (letters, letter):
            self.addWidget(widget)
        letter.hide()

    @property
    def is_instead(self) -> bool:
        """There is room for one of them only."""
        return self.place is Place.INSTEAD

    def fit(self, size: QSize) -> bool:
        """What there is for both and all around them, which gives way to a letter. True: their place is another one
        now; ``show_letter`` is to be called.
        """
        place = Place.BESIDE if size.width() >= _WIDE else Place.BELOW if size.height() >= _HIGH else Place.INSTEAD
        changed, self.place = place is not self.place, place
        return changed

    def show_letter(self, *, shown: bool) -> None:
        self._letter.setVisible(shown)
        for widget in (self._letters, self._above):
            widget.setVisible(not (shown and self.is_instead))
        self._turn(Qt.Orientation.Vertical if self.place is Place.BELOW else Qt.Orientation.Horizontal)
        if shown and not self.is_instead:
            half = (self.height() if self.place is Place.BELOW else self.width()) // 2
            self.setSizes([half, half])

    def _turn(self, orientation: Qt.Orientation) -> None:
        """A style sheet looks at the handle but once."""
        if orientation is not self.orientation():
            self.setOrientation(orientation)
            self.handle(1).style().polish(self.handle(1))
