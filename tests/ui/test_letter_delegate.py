"""What is cut where a column of the table of dead letters is narrow."""

from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QApplication

from wqstudio.ui.panels.letter_delegate import with_number


def test_a_reason_is_cut_before_its_number_of_deliveries(qapp: QApplication) -> None:
    metrics = QFontMetrics(QFont(qapp.font()))
    whole = "max deliveries ×12"
    room = metrics.horizontalAdvance(whole)
    assert with_number(whole, metrics, room + 1) == whole
    cut = with_number(whole, metrics, room - 20)
    assert cut.endswith("… ×12")
    assert metrics.horizontalAdvance(cut) <= room - 20
    assert with_number("expired", metrics, 10) == "expired"
