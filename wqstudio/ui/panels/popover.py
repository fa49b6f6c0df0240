"""A small form that opens below a button and closes by itself."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFormLayout, QFrame, QPushButton, QVBoxLayout, QWidget

from wqstudio.ui.plain import PlainLabel
from wqstudio.ui.theme import SPACE_L, SPACE_M, SPACE_S


class Popover(QFrame):
    def __init__(self, title: str, action: str, parent: QWidget) -> None:
        """``action``: what the button at the end says."""
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("kind", "popup")
        heading = PlainLabel(title)
        heading.setProperty("kind", "heading")
        self.form = QFormLayout()
        self.form.setHorizontalSpacing(SPACE_M)
        self.form.setVerticalSpacing(SPACE_S)
        self.form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        self.form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.message = PlainLabel(wordWrap=True)
        self.message.setProperty("kind", "error")
        self.message.hide()
        self.button = QPushButton(action)
        self.button.setProperty("kind", "primary")
        self.button.setObjectName("popoverAccept")
        self.button.setAccessibleName(f"{action}: {title}")
        self.button.setDefault(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_L, SPACE_L, SPACE_L, SPACE_L)
        layout.setSpacing(SPACE_M)
        layout.addWidget(heading)
        layout.addLayout(self.form)
        layout.addWidget(self.message)
        layout.addWidget(self.button)

    def add_field(self, caption: str, field: QWidget, name: str) -> None:
        """``name``: of the object, by which tests and screen readers' users find it."""
        label = PlainLabel(caption)
        label.setProperty("kind", "muted")
        field.setObjectName(name)
        field.setAccessibleName(caption)
        label.setBuddy(field)
        self.form.addRow(label, field)

    def open_below(self, button: QWidget) -> None:
        """Right edges aligned, and all of it on the screen."""
        self.adjustSize()
        corner = button.mapToGlobal(QPoint(button.width() - self.width(), button.height() + SPACE_S // 2))
        screen = button.screen().availableGeometry()
        corner.setX(max(screen.left(), min(corner.x(), screen.right() - self.width())))
        corner.setY(max(screen.top(), min(corner.y(), screen.bottom() - self.height())))
        self.move(corner)
        self.show()

    def say(self, message: str) -> None:
        self.message.setText(message)
        self.message.setVisible(bool(message))
        self.button.setEnabled(not message)
