"""From where to where: the place that letters lie in, an arrow, the place they are to go to, and the subject there."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QComboBox, QCompleter, QHBoxLayout, QWidget

from wqstudio.ui import icons
from wqstudio.ui.foresight import OWN, Foresight, P
from wqstudio.ui.models.move_choice import Place
from wqstudio.ui.plain import PlainLabel
from wqstudio.ui.theme import SPACE_S, Concept, Theme

_ICON = 16
_OWN_TEXT = "each its own subject"


class PlaceChooser(QWidget):
    changed = Signal()
    """Another place or subject was chosen."""

    def __init__(self, theme: Theme, source: str, places: Sequence[Place], picture: str = "dead") -> None:
        """``source``: where from, as it is shown."""
        super().__init__()
        self._queue_before: str | None = None
        self._route: str | None = None
        """As the user wants it; None: whichever is likeliest."""
        self._place = _combo("movePlace", "Where to")
        for place in places:
            self._place.addItem(place.text, place.queue)
        self._place.activated.connect(self._on_place)
        _on_typed(self._place, self._on_place)
        self._subject = _combo("moveSubject", "Under which subject")
        self._subject.activated.connect(self._on_subject)
        _on_typed(self._subject, self._on_subject)
        self._subject.hide()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_S)
        layout.addWidget(_picture(picture, Concept.DEAD.value if picture == "dead" else theme.tones.muted))
        layout.addWidget(_source(source))
        layout.addWidget(_picture("arrow-right", theme.tones.muted))
        layout.addWidget(self._place, 3)
        layout.addWidget(self._subject, 2)

    @property
    def queue(self) -> str | None:
        """None: each to where it came from."""
        at = self._place.findText(self._place.currentText(), Qt.MatchFlag.MatchExactly)
        return self._place.currentText() if at < 0 else self._place.itemData(at)

    @property
    def is_listed(self) -> bool:
        """One of the places that there are to choose from; else, it is what somebody wrote."""
        return self._place.findText(self._place.currentText(), Qt.MatchFlag.MatchExactly) >= 0

    @property
    def route(self) -> str | None:
        return self._route

    def choose(self, queue: str | None) -> None:
        """Without saying so."""
        self._queue_before, self._route = queue, None
        at = next((row for row in range(self._place.count()) if self._place.itemData(row) == queue), -1)
        if at >= 0:
            self._place.setCurrentIndex(at)
        elif queue is not None:
            self._place.setEditText(queue)

    def begin_naming(self) -> None:
        """For somebody who has yet to say under which subject."""
        self._subject.setFocus()

    def begin_choosing(self) -> None:
        """For somebody who has yet to say where."""
        self._place.setFocus()
        line = self._place.lineEdit()
        assert line is not None
        line.selectAll()

    def explain(self, text: str) -> None:
        """What may be written there."""
        self._place.setToolTip(text)

    def offer(self, found: Foresight[P]) -> None:
        """The subjects that there are to choose from."""
        self._subject.setVisible(bool(found.patterns))
        if not found.patterns:
            return
        with QSignalBlocker(self._subject):
            self._subject.clear()
            if found.own_fit:
                self._subject.addItem(_OWN_TEXT, OWN)
            for route in found.routes:
                self._subject.addItem(route, route)
            self._subject.setEditText(self._shown(found))
        line = self._subject.lineEdit()
        assert line is not None
        line.setPlaceholderText(", ".join(found.patterns[:3]))

    def _shown(self, found: Foresight[P]) -> str:
        if found.plan is not None and found.plan.destination is not None:
            return found.plan.destination.route
        return _OWN_TEXT if found.plan is not None else self._route or ""

    def _on_place(self) -> None:
        if self.queue != self._queue_before:
            self._queue_before, self._route = self.queue, None
            self.changed.emit()

    def _on_subject(self) -> None:
        text = self._subject.currentText()
        route = OWN if text == _OWN_TEXT else text.strip()
        if route != self._route:
            self._route = route
            self.changed.emit()


def _combo(name: str, said: str) -> QComboBox:
    """Searched by any part of what is in it."""
    combo = QComboBox(editable=True)
    combo.setObjectName(name)
    combo.setAccessibleName(said)
    combo.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
    combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    combo.setMinimumContentsLength(12)
    completer = combo.completer()
    assert completer is not None
    completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
    completer.setFilterMode(Qt.MatchFlag.MatchContains)
    return combo


def _on_typed(combo: QComboBox, do: Callable[[], None]) -> None:
    line = combo.lineEdit()
    assert line is not None
    line.editingFinished.connect(do)


def _picture(name: str, color: str) -> PlainLabel:
    label = PlainLabel()
    label.setPixmap(icons.pixmap(name, color, _ICON, 2.0))
    return label


def _source(text: str) -> PlainLabel:
    label = PlainLabel(text)
    label.setObjectName("moveSource")
    label.setMaximumWidth(220)
    return label
