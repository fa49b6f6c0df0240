"""Spin boxes with room before their text, which a style sheet cannot give to them."""

from typing import TypeVar

from PySide6.QtWidgets import QAbstractSpinBox, QDoubleSpinBox, QSpinBox

from wqstudio.brokers.port import Words
from wqstudio.ui.theme import SPACE_XS

_MOST_PREFETCH = 10_000

Box = TypeVar("Box", bound=QAbstractSpinBox)


def whole(least: int, most: int) -> QSpinBox:
    return _roomy(QSpinBox(minimum=least, maximum=most))


def decimal(least: float, most: float, decimals: int, suffix: str = "", prefix: str = "") -> QDoubleSpinBox:
    return _roomy(QDoubleSpinBox(minimum=least, maximum=most, decimals=decimals, suffix=suffix, prefix=prefix))


def prefetch(words: Words) -> QSpinBox:
    """From 0 where that means something, which then stands there in a word."""
    box = whole(0 if words.no_prefetch_limit else 1, _MOST_PREFETCH)
    box.setSpecialValueText(words.no_prefetch_limit)
    return box


def _roomy(box: Box) -> Box:
    box.lineEdit().setTextMargins(SPACE_XS, 0, 0, 0)
    return box
