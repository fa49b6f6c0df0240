import pytest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from wqstudio.ui.panels.card_grid import CardGrid


class _Card(QPushButton):
    def __init__(self) -> None:
        super().__init__()
        self.high, self.measured = 30, 0

    def heightForWidth(self, _width: int) -> int:
        self.measured += 1
        return self.high


@pytest.mark.usefixtures("theme")
def test_a_width_is_measured_once_until_a_card_needs_another_height(qtbot: QtBot) -> None:
    card = _Card()
    grid = CardGrid([card], 100)
    qtbot.addWidget(grid)
    grid.show()
    qtbot.waitExposed(grid)
    grid.heightForWidth(321)
    once = card.measured
    assert grid.heightForWidth(321) == 30
    assert grid.row_ends(321) == [30]
    assert card.measured == once
    card.high = 50
    card.updateGeometry()
    qtbot.waitUntil(lambda: grid.heightForWidth(321) == 50)
