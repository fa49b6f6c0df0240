from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from wqstudio.ui.models.move_facts import Fact, Section
from wqstudio.ui.panels.facts_view import FactsView


def test_who_reads_below_stays_there_while_figures_change(qtbot: QtBot) -> None:
    view = FactsView("facts", "What was done")
    qtbot.addWidget(view)
    view.resize(300, 100)
    with qtbot.waitExposed(view):
        view.show()

    def told(moved: int) -> str:
        more = tuple(Fact(f"{number} refused") for number in range(40))
        view.show_sections([Section("Result", (Fact(f"{moved} moved"), *more))])
        QApplication.processEvents()
        return view.said.partition("\n")[0]

    told(1)
    view.verticalScrollBar().setValue(200)
    assert told(2) == "2 moved"
    assert view.verticalScrollBar().value() == 200
