"""What can be typed into the filter of dead letters."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QWidget

from wqstudio.engine.conditions import CONDITIONS
from wqstudio.ui.plain import PlainLabel
from wqstudio.ui.theme import SPACE_L, SPACE_M, SPACE_S

_AND = 'All conditions have to match. A value with spaces goes in quotation marks: reason:"max deliveries"'


class ConditionsHelp(QFrame):
    """Closes by itself."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("conditionsHelp")
        self.setProperty("kind", "popup")
        grid = QGridLayout(self)
        grid.setContentsMargins(SPACE_L, SPACE_L, SPACE_L, SPACE_L)
        grid.setHorizontalSpacing(SPACE_M)
        grid.setVerticalSpacing(SPACE_S)
        heading = PlainLabel("Filter by")
        heading.setProperty("kind", "heading")
        grid.addWidget(heading, 0, 0, 1, 3)
        for row, condition in enumerate(CONDITIONS, start=1):
            for column, form in enumerate(condition.forms):
                grid.addWidget(_form(form), row, column, Qt.AlignmentFlag.AlignLeft)
            meaning = PlainLabel(condition.meaning)
            meaning.setProperty("kind", "muted")
            grid.addWidget(meaning, row, 2)
        last = PlainLabel(_AND)
        last.setProperty("kind", "muted")
        grid.addWidget(last, grid.rowCount(), 0, 1, 3)

    def open_below(self, widget: QWidget) -> None:
        self.adjustSize()
        corner = widget.mapToGlobal(QPoint(widget.width() - self.width(), widget.height() + SPACE_S // 2))
        screen = widget.screen().availableGeometry()
        corner.setX(max(screen.left(), min(corner.x(), screen.right() - self.width())))
        self.move(corner)
        self.show()


def _form(text: str) -> PlainLabel:
    label = PlainLabel(text)
    label.setProperty("kind", "muted" if " " in text else "key")
    return label
