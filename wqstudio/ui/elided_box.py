"""A chooser that says with an ellipsis that what is chosen is longer than there is room for."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QStylePainter

from wqstudio.ui.theme import SPACE_XS


class ElidedBox(QComboBox):
    @property
    def said(self) -> str:
        """What is chosen, or what stands there instead, whole."""
        return self.currentText() if self.currentIndex() >= 0 else self.placeholderText()

    @property
    def shown(self) -> str:
        """As much of that as there is room for."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        field = QStyle.SubControl.SC_ComboBoxEditField
        room = self.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, field, self).width()
        return self.fontMetrics().elidedText(self.said, Qt.TextElideMode.ElideRight, room - SPACE_XS)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, option = QStylePainter(self), QStyleOptionComboBox()
        self.initStyleOption(option)
        option.currentText = self.shown
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
