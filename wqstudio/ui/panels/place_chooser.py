"""From where to where: the place that letters lie in, an arrow, the place they are to go to, and the subject there."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from wqstudio.domain.connection import Product
from wqstudio.domain.letter import Destination
from wqstudio.domain.places import NAMING, place_named
from wqstudio.domain.subjects import known_part
from wqstudio.ui import icons
from wqstudio.ui.foresight import OWN, Foresight, P, Where
from wqstudio.ui.models.move_choice import Place
from wqstudio.ui.names import visible
from wqstudio.ui.panels.written_combo import WrittenCombo
from wqstudio.ui.plain import PlainLabel
from wqstudio.ui.theme import SPACE_S, Concept, Theme

_ICON = 16
_OWN_TEXT = "each its own subject"


class PlaceChooser(QWidget):
    writing = Signal()
    """Another place or subject is being written; ``changed`` follows."""
    changed = Signal()
    """What is chosen is to be looked up, as far as it is written."""
    settled = Signal()
    """Nobody is writing any more."""

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
        self._unasked = False
        """Something was written since ``changed`` was told, be it what stood there before."""
        self._place = WrittenCombo("movePlace", "Where to")
        for place in places:
            self._place.addItem(place.text, place.queue)
        self._place.setToolTip(f"Choose one, or write another: {NAMING[product]}")
        self._subject = WrittenCombo("moveSubject", "Under which subject")
        self._subject.hide()
        for combo, take in ((self._place, self._take_place), (self._subject, self._take_subject)):
            combo.writing.connect(self._on_writing)
            combo.said.connect(partial(self._on_said, take))
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

    @property
    def is_writing(self) -> bool:
        """There may be more to come."""
        return self._place.is_writing or self._subject.is_writing

    def offer(self, found: Foresight[P]) -> None:
        """The subjects that there are to choose from."""
        self._subject.setVisible(bool(found.patterns))
        if not found.patterns:
            return
        offered = [(_OWN_TEXT, OWN)] if found.own_fit else []
        offered += [(route, route) for route in found.routes]
        self._subject.offer(offered, self._shown(found))
        line = self._subject.lineEdit()
        assert line is not None
        line.setPlaceholderText(", ".join(found.patterns[:3]))

    def _shown(self, found: Foresight[P]) -> str:
        if found.plan is not None and found.plan.destination is not None:
            return found.plan.destination.route
        return _OWN_TEXT if found.plan is not None else self._route or known_part(self._within)

    def _on_writing(self) -> None:
        self._unasked = True
        self.writing.emit()

    def _on_said(self, take: Callable[[], bool], meant: bool) -> None:
        if take() or meant or self._unasked:
            self._unasked = False
            self.changed.emit()
        if not self.is_writing:
            self.settled.emit()

    def _take_place(self) -> bool:
        """Whether it is another."""
        place = self._chosen
        if place == self._before:
            return False
        self._before, self._route, self._within = place, None, ""
        return True

    def _take_subject(self) -> bool:
        text = self._subject.currentText()
        route = OWN if text == _OWN_TEXT else text.strip()
        begun = self._route is None and bool(self._within) and route == known_part(self._within)
        if route == self._route or begun:
            return False
        self._route = route
        return True


def _picture(name: str, color: str) -> PlainLabel:
    label = PlainLabel()
    label.setPixmap(icons.pixmap(name, color, _ICON, 2.0))
    return label


def _source(text: str) -> PlainLabel:
    label = PlainLabel(text)
    label.setObjectName("moveSource")
    label.setMaximumWidth(220)
    return label
