"""A slider over powers of ten, which speaks while it is dragged, but not more often than is useful."""

from math import log10

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QSlider

from wqstudio.ui.throttle import Throttle

_STEPS = 100
"""A decade."""
_LIVE_MS = 60


class LogSlider(QSlider):
    chosen = Signal(float)
    """By the user; not by ``show_value``."""

    def __init__(self, lowest: float, highest: float) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setRange(round(log10(lowest) * _STEPS), round(log10(highest) * _STEPS))
        self.setSingleStep(5)
        self.setPageStep(_STEPS // 4)
        self._live = Throttle(_LIVE_MS, lambda: self.chosen.emit(self.figure), self)
        self.valueChanged.connect(self._live.ask)
        self.sliderReleased.connect(self._live.finish)

    @property
    def figure(self) -> float:
        """Three digits of it, since it stands beside lanes and in files as it is."""
        return float(f"{10 ** (self.value() / _STEPS):.3g}")

    def show_value(self, figure: float) -> None:
        """Move the handle, unless the user has hold of it."""
        if self.isSliderDown() or self._live.isActive() or figure <= 0:
            return
        with QSignalBlocker(self):
            self.setValue(round(log10(figure) * _STEPS))
