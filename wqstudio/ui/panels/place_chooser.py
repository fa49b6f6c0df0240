"""From where to where: the place that letters lie in, an arrow, the place they are to go to, and the subject there."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QComboBox, QCompleter, QHBoxLayout, QWidget

from wqstudio.domain.connection import Product
from wqstudio.domain.letter import Destination
from wqstudio.domain.places import NAMING, place_named
from wqstudio.domain.subjects import known_part
from wqstudio.ui import icons
from wqstudio.ui.foresight import OWN, Foresight, P, Where
from wqstudio.ui.models.move_choice import Place
from wqstudio.ui.names import visible
from wqstudio.ui.plain import PlainLabel
from wqstudio.ui.theme import SPACE_S, Concept, Theme

_ICON = 16
_OWN_TEXT = "each its own subject"


class PlaceChooser(QWidget):
    changed = Signal()
    """Another place or subject was chosen."""

    def __init__(
        self, theme: Theme, source: str, places: Sequence[Place], product: Product, picture: str = "dead"
    ) -> None:
        """``source``: where from, as it is shown. ``product``: how places are named that are not among ``places``."""
        super().__init__()
        self._product = product
        self._before: str | Destination | None = None
        self._route: str | None = None
        """As the user wants it; None: whichever is likeliest."""
        self._within = ""
        """See ``Where.within``."""
        self._place = _combo("movePlace", "Where to")
        for place in places:
            self._place.addItem(place.text, place.queue)
        self._place.setToolTip(f"Choose one, or write another: {NAMING[product]}")
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
    def where(self) -> Where:
        """A text that is a queue's name is that queue, any other what it names on the command line."""
        place = self._chosen
        return Where(place, None) if isinstance(place, Destination) else Where(place, self._route, self._within)

    @property
    def _chosen(self) -> str | Destination | None:
        text = self._place.currentText()
        at = self._place.findText(text, Qt.MatchFlag.MatchExactly)
        if at >= 0:
            return self._queue_at(at)
        written = text.strip()
        known = any(self._queue_at(row) == written for row in range(self._place.count()))
        return written if known else place_named(written, self._product)

    def _queue_at(self, row: int) -> str | None:
        queue: str | None = self._place.itemData(row)
        return queue

    def choose(self, where: Where) -> None:
        """A queue, without saying so."""
        queue = None if isinstance(where.place, Destination) else where.place
        self._before, self._route, self._within = queue, where.route, where.within
        at = next((row for row in range(self._place.count()) if self._queue_at(row) == queue), -1)
        if at < 0 and queue is not None:
            at = self._place.count()
            self._place.addItem(visible(queue), queue)
        self._place.setCurrentIndex(at)

    def begin_naming(self) -> None:
        """For somebody who has yet to say under which subject."""
        self._subject.setFocus()

    def begin_choosing(self) -> None:
        """For somebody who has yet to say where."""
        self._place.setFocus()

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
        return _OWN_TEXT if found.plan is not None else self._route or known_part(self._within)

    def _on_place(self) -> None:
        place = self._chosen
        if place != self._before:
            self._before, self._route, self._within = place, None, ""
            self.changed.emit()

    def _on_subject(self) -> None:
        text = self._subject.currentText()
        route = OWN if text == _OWN_TEXT else text.strip()
        begun = self._route is None and bool(self._within) and route == known_part(self._within)
        if route != self._route and not begun:
            self._route = route
            self.changed.emit()


class _Combo(QComboBox):
    """What is offered and not written yet is selected as a whole, however one comes there: typing replaces it."""

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        line = self.lineEdit()
        offered = self.findText(self.currentText(), Qt.MatchFlag.MatchExactly) >= 0
        if line is not None and offered and event.reason() is not Qt.FocusReason.PopupFocusReason:
            QTimer.singleShot(0, line, line.selectAll)  # a click comes to the line after the focus, and would unselect


def _combo(name: str, said: str) -> QComboBox:
    """Searched by any part of what is in it."""
    combo = _Combo(editable=True)
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
