"""Spin boxes with room before their text, which a style sheet cannot give to them."""

from typing import TypeVar

from PySide6.QtWidgets import QAbstractSpinBox, QDoubleSpinBox, QSpinBox

from wqstudio.ui.theme import SPACE_XS

Box = TypeVar("Box", bound=QAbstractSpinBox)


def whole(least: int, most: int) -> QSpinBox:
    return _roomy(QSpinBox(minimum=least, maximum=most))


def decimal(least: float, most: float, decimals: int, suffix: str = "", prefix: str = "") -> QDoubleSpinBox:
    return _roomy(QDoubleSpinBox(minimum=least, maximum=most, decimals=decimals, suffix=suffix, prefix=prefix))


def _roomy(box: Box) -> Box:
    box.lineEdit().setTextMargins(SPACE_XS, 0, 0, 0)
    return box
