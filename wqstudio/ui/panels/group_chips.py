"""Letters counted by reason and by origin: chips that narrow the filter, as many as fit in a line."""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QMenu, QPushButton, QToolButton, QWidget

from wqstudio.domain.survey import Group
from wqstudio.ui import format as figures
from wqstudio.ui.icons import bind_icon
from wqstudio.ui.names import elided, visible
from wqstudio.ui.plain import plain_tip
from wqstudio.ui.theme import SPACE_S, SPACE_XS, Theme

_ICONS = {"reason": "dead", "origin": "queue"}
_MOST, _WIDEST, _HEIGHT = 12, 160, 24


class _Chip(NamedTuple):
    kind: str
    value: str
    """Empty: nobody said; it cannot be asked for."""
    letters: int


class GroupChips(QWidget):
    wanted = Signal(str, str)
    """Kind of condition, and value."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setObjectName("letterGroups")
        self._chips: list[_Chip] = []
        self._buttons: list[QPushButton] = []
        self._more = QToolButton(self, popupMode=QToolButton.ToolButtonPopupMode.InstantPopup)
        self._more.setObjectName("letterGroupsMore")
        self._more.setProperty("kind", "chip")
        self._more.setMenu(QMenu(self))
        self._more.hide()

    def show_groups(self, groups: Sequence[Group]) -> None:
        chips = [*_chips("reason", groups), *_chips("origin", groups)]
        if chips != self._chips:
            self._chips = chips
            self._dress()

    def sizeHint(self) -> QSize:
        return QSize(0, _HEIGHT if self._chips else 0)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay()

    def _dress(self) -> None:
        """Buttons stay where they are, so that counts may go up under the mouse."""
        while len(self._buttons) < min(_MOST, len(self._chips)):
            number = len(self._buttons)
            button = QPushButton(self)
            button.setObjectName(f"letterGroup{number}")
            button.setProperty("kind", "chip")
            button.clicked.connect(partial(self._on_clicked, number))
            self._buttons.append(button)
        for button, chip in zip(self._buttons, self._chips, strict=False):
            name = visible(chip.value) or f"no {chip.kind} told"
            shown = elided(name, button.fontMetrics(), _WIDEST).replace("&", "&&")
            button.setText(f"{shown}  {figures.count(chip.letters)}")
            if button.property("of") != chip.kind:
                button.setProperty("of", chip.kind)
                bind_icon(button, _ICONS[chip.kind], self._theme, "muted")
            button.setToolTip(plain_tip(f"{chip.kind}: {name}\n{chip.letters:,} letters"))
            button.setAccessibleName(f"Only those of {chip.kind} {name}: {chip.letters:,} letters")
            button.setEnabled(bool(chip.value))
        self.updateGeometry()
        self._lay()

    def _lay(self) -> None:
        sizes = [button.sizeHint().width() for button in self._buttons[: len(self._chips)]]
        fitting = _fitting(sizes, self.width())
        if fitting < len(self._chips):
            fitting = _fitting(sizes, self.width() - self._more.sizeHint().width() - SPACE_S)
        left = 0
        kinds = [chip.kind for chip in self._chips]
        for number, button in enumerate(self._buttons):
            button.setVisible(number < fitting)
            if number < fitting:
                left += SPACE_S if number and kinds[number] != kinds[number - 1] else 0
                button.setGeometry(left, 0, sizes[number], _HEIGHT)
                left += sizes[number] + SPACE_XS
        self._lay_more(fitting, left)

    def _lay_more(self, fitting: int, left: int) -> None:
        hidden = self._chips[fitting:]
        self._more.setVisible(bool(hidden))
        self._more.setText(f"+{len(hidden)}")
        self._more.setAccessibleName(f"{len(hidden)} more reasons and origins")
        self._more.setGeometry(left, 0, self._more.sizeHint().width(), _HEIGHT)
        menu = self._more.menu()
        menu.clear()
        for chip in hidden:
            name = (visible(chip.value) or "not told").replace("&", "&&")
            action = menu.addAction(f"{chip.kind}: {name}\t{figures.count(chip.letters)}")
            action.setEnabled(bool(chip.value))
            action.triggered.connect(partial(self.wanted.emit, chip.kind, chip.value))

    def _on_clicked(self, number: int) -> None:
        chip = self._chips[number]
        self.wanted.emit(chip.kind, chip.value)


def _chips(kind: str, groups: Sequence[Group]) -> Iterator[_Chip]:
    counts: Counter[str] = Counter()
    for group in groups:
        counts[str(getattr(group, kind))] += group.count
    return (_Chip(kind, value, count) for value, count in counts.most_common())


def _fitting(sizes: Sequence[int], room: int) -> int:
    """How many of them, with the gaps between."""
    used = 0
    for number, size in enumerate(sizes):
        used += size + SPACE_XS
        if used + SPACE_S > room:
            return number
    return len(sizes)
