"""What a view is of: a queue, a consumer or all of it, and the way back to all."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from wqstudio.ui.icons import bind_icon
from wqstudio.ui.names import APART, visible
from wqstudio.ui.panels.elided import ElidedLabel
from wqstudio.ui.plain import PlainLabel, plain_tip
from wqstudio.ui.scope import Scope
from wqstudio.ui.theme import SPACE_S, SPACE_XS, Theme

_HEIGHT = 32


class ScopeHead(QWidget):
    all_wanted = Signal()

    def __init__(self, theme: Theme, name: str, all_tip: str) -> None:
        """``name``: with which the names of its parts begin; ``all_tip``: what its button does."""
        super().__init__()
        self.setFixedHeight(_HEIGHT)
        self._title = PlainLabel()
        self._title.setObjectName(f"{name}Title")
        self._title.setProperty("kind", "heading")
        self._summary = ElidedLabel()
        self._summary.setObjectName(f"{name}Summary")
        self._summary.setProperty("kind", "muted")
        self._all = QPushButton("Show all")
        self._all.setObjectName(f"{name}All")
        self._all.setAccessibleName(all_tip)
        self._all.setToolTip(all_tip)
        self._all.setProperty("kind", "quiet")
        bind_icon(self._all, "close", theme)
        self._all.clicked.connect(self.all_wanted)
        head = QHBoxLayout(self)
        head.setContentsMargins(SPACE_XS, 0, 0, 0)
        head.setSpacing(SPACE_S)
        head.addWidget(self._title)
        head.addWidget(self._summary, 1)
        head.addWidget(self._all)

    def say(self, scope: Scope, whole: str, summary: str) -> None:
        """``whole``: what it is called where nothing is selected."""
        self._all.setVisible(not scope.whole_broker)
        named = APART.join(map(visible, filter(None, (scope.queue, scope.consumer))))
        self._title.setText(whole if scope.whole_broker else named)
        self._summary.setText(summary)
        self._summary.setToolTip(plain_tip(summary))
