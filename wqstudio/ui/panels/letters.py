"""The tab of dead letters: where there are some, what looking at them costs, and the look itself."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from wqstudio.domain.reading import Unknown, known
from wqstudio.domain.snapshot import Snapshot
from wqstudio.engine.looks.desk import Desk
from wqstudio.engine.monitor import Beat
from wqstudio.engine.studio import Studio
from wqstudio.ui.look_session import LookSession, Phase
from wqstudio.ui.models import graves
from wqstudio.ui.models.graves import Grave, Place
from wqstudio.ui.panels import letters_teaching as teaching
from wqstudio.ui.panels.letters_export import LettersExport
from wqstudio.ui.panels.letters_head import LettersHead
from wqstudio.ui.panels.letters_pages import LettersPages
from wqstudio.ui.panels.letters_view import LettersView
from wqstudio.ui.panels.letters_watch import LettersWatch
from wqstudio.ui.panels.marks_menu import mark
from wqstudio.ui.panels.queue_finder import QueueFinder
from wqstudio.ui.scope import Scope
from wqstudio.ui.theme import SPACE_S, SPACE_XS, Theme


class LettersPanel(QWidget):
    """Follows the monitor until ``detach``. Says what was chosen; moves nothing itself.

    Once there are dead letters, or it is on screen, it opens the desk, which keeps a journal.
    """

    requeue_wanted = Signal(object, bool)
    """``Chosen``, and whether each goes to where it came from."""
    discard_wanted = Signal(object)
    """``Chosen``"""
    edit_wanted = Signal(object, object)
    """``Look`` and ``Letter``."""
    import_wanted = Signal()
    badge_changed = Signal()
    look_changed = Signal()
    """It has begun or ended, or what it costs is agreed to."""

    def __init__(self, studio: Studio, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("lettersPanel")
        self._studio, self._theme, self._words = studio, theme, studio.broker.words
        self.session: LookSession | None = None
        """None: it was not on screen yet, or the journal is not available."""
        self.view: LettersView | None = None
        self._exporting: LettersExport | None = None
        self._watch: LettersWatch | None = None
        self._selected = ""
        """In the Explorer, until its dead letters are opened: it may be marked only now."""
        self._wanted: Grave | None = None
        """What the Explorer's selection asks for, until the tab is visible."""
        self._shown: object = None
        """The look that the view has begun with."""
        self._snapshot: Snapshot | None = None
        """That the places are of; there may be a newer one already, of which no beat has told yet."""
        self.badge = self.badge_tip = ""
        self._build()
        self._unsubscribe = studio.monitor.subscribe(self._on_beat)
        self._show_places()

    def show_scope(self, scope: Scope) -> None:
        """What the Explorer's selection has of dead letters is opened, as soon as one looks."""
        self._selected = scope.queue
        self._want_selected()

    def open(self, grave: Grave) -> None:
        if self.session is not None:
            self._selected, self._wanted = "", None
            self.session.open(grave)

    def requeue_chosen(self, *, to_origin: bool) -> None:
        """What is selected; see ``requeue_wanted``."""
        if self.view is not None:
            self.view.chosen.requeue(to_origin=to_origin)

    def discard_chosen(self) -> None:
        if self.view is not None:
            self.view.chosen.discard()

    def add_foot(self, widget: QWidget) -> None:
        """Below all of it, whatever is shown."""
        layout = self.layout()
        assert layout is not None
        layout.addWidget(widget)

    def detach(self) -> None:
        self._unsubscribe()
        if self.session is not None and self.view is not None and self._watch is not None:
            self._watch.stop()
            self.session.stop()
            self.view.stop()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._begin()
        if self._watch is not None:
            self._watch.begin()
        self._open_wanted()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if self._watch is not None:
            self._watch.look_away()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    # Building

    def _build(self) -> None:
        self.head = LettersHead(self._theme)
        self.head.grave_wanted.connect(self.open)
        self.head.other_wanted.connect(self._ask_for_queue)
        self.head.refresh.clicked.connect(lambda: self._ask(LookSession.refresh))
        self.head.export.clicked.connect(self._ask_for_file)
        self.head.bring.clicked.connect(self.import_wanted)
        self.head.bring.setEnabled(not self._studio.connection.read_only)
        self.head.order.toggled.connect(self._on_order)
        self.head.mark.clicked.connect(self._mark)
        self.head.likely = self._likely
        self._finder = QueueFinder(self._words, self)
        self._finder.found.connect(lambda queue: self.open(Grave(queue)))
        self.pages = LettersPages(self._studio, self._theme)
        self.empty, self.card = self.pages.empty, self.pages.card
        self.card.agreed.connect(lambda: self._ask(LookSession.agree))
        self.card.lift_wanted.connect(lambda: self._ask(LookSession.lift))
        self.card.again_wanted.connect(lambda: self._ask(LookSession.refresh))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_S, SPACE_S, SPACE_S, SPACE_XS)
        layout.setSpacing(SPACE_S)
        layout.addWidget(self.head)
        layout.addWidget(self.pages, 1)

    def _begin(self) -> None:
        if self.session is not None:
            return
        desk = self._studio.desk
        if isinstance(desk, Unknown):
            self.pages.no_journal = desk.reason
            self._show()
            return
        self.session = LookSession(desk, self)
        self.session.changed.connect(self._show)
        self.session.counted.connect(self._on_counted)
        self.session.exchanged.connect(self._on_exchanged)
        self.view = LettersView(self.session, self._theme, read_only=self._studio.connection.read_only)
        self.view.chosen.requeue_wanted.connect(self.requeue_wanted)
        self.view.chosen.discard_wanted.connect(self.discard_wanted)
        self.view.chosen.edit_wanted.connect(self.edit_wanted)
        self.view.chosen.export_wanted.connect(self._ask_for_file)
        self.view.reading.arranged.connect(self._show_head)
        self._exporting = LettersExport(self.session, self.view)
        self._watch = LettersWatch(self.session, self.view, self)
        self.pages.addWidget(self.view)
        self._fit()
        self._show()

    # What the broker says

    def _on_beat(self, beat: Beat) -> None:
        if beat.failure is None:
            self._show_places()

    def _show_places(self) -> None:
        self._snapshot = self._studio.monitor.snapshot
        self._places = graves.places(self._snapshot)
        self._show_count()
        self._say_of_queue()
        self._make_ready()
        self._follow()
        if self._studio.marked.of(self._selected):  # what dies there by itself takes nobody away from what is read
            self._want_selected()
        if self.session is None or self.session.phase is Phase.NONE:
            self._show()
            self._open_wanted()

    def _show_count(self) -> None:
        """Of each queue, and of all, as the monitor saw it or as the look knows better."""
        session, snapshot = self.session, self._snapshot
        places = list(self._places)
        dead = graves.count(snapshot)
        for number, (grave, seen) in enumerate(places):
            if session is not None and snapshot is not None and grave == session.grave:
                places[number] = Place(grave, session.there(seen, snapshot.at))
                if not grave.exhausted and not isinstance(dead, Unknown):
                    dead = max(0, dead + known(places[number].letters, 0) - known(seen, 0))
        self.head.show_places(places)
        badge = (graves.badge(dead), graves.badge_tip(snapshot))
        if badge != (self.badge, self.badge_tip):
            self.badge, self.badge_tip = badge
            self.badge_changed.emit()

    def _make_ready(self) -> None:
        """Where there are dead letters, a look at them is to open at once."""
        if self._places and isinstance(desk := self._studio.desk, Desk):
            desk.prepare()

    def _follow(self) -> None:
        snapshot = self._studio.monitor.snapshot
        if snapshot is None or isinstance(snapshot.queues, Unknown):
            return
        if self.session is not None and self.session.grave is not None:
            there = {place.grave: place.letters for place in self._places}
            self.session.follow(there.get(self.session.grave, 0), snapshot.at)

    def _want_selected(self) -> None:
        place = next((each for each in self._places if each.grave.queue == self._selected), None)
        if place is not None:
            self._selected, self._wanted = "", place.grave
            self._open_wanted()

    def _open_wanted(self) -> None:
        """What the Explorer asks for; else, where nothing was opened yet, the place with most letters."""
        session = self.session
        if session is None or not self.isVisible():
            return
        wanted, self._wanted = self._wanted, None
        if wanted is None and session.phase is Phase.NONE and self._places:
            wanted = self._places[0].grave
        if wanted is not None and (wanted != session.grave or session.phase is Phase.NONE):
            session.open(wanted)

    # What the look says

    def _show(self) -> None:
        session = self.session
        phase = session.phase if session is not None else Phase.NONE
        looking = phase is Phase.LOOKING
        self.head.show_grave(session.grave if session is not None else None)
        self.head.allow(
            looking=looking,
            over=phase is Phase.ENDED,
            mirrored=session is not None and session.standing.lasting_ids,
        )
        self._say_of_queue()
        if self.pages.show_phase(session, self.view) and session is not None and self.view is not None:
            self._begin_view(session, self.view)
        self._show_head()
        self.look_changed.emit()

    def _fit(self) -> None:
        """By what does not change with what is shown: else reading a letter would give room to read it elsewhere."""
        if self.view is not None:
            self.view.reading.fit(self.size())

    def _show_head(self) -> None:
        """Not where a letter needs the room, which stands there instead of the list."""
        view = self.view
        self.head.setHidden(view is not None and self.pages.currentWidget() is view and view.reading.is_list_hidden)

    def _begin_view(self, session: LookSession, view: LettersView) -> None:
        if session.look is not self._shown:
            self._shown = session.look
            self.head.order.setChecked(False)
            view.begin()

    def _say_of_queue(self) -> None:
        """What else there may be in it; of one that is not known to keep dead letters, whether it does."""
        session, view = self.session, self.view
        looking = session is not None and session.phase is Phase.LOOKING
        note, listed = "", True
        if session is not None and view is not None and session.grave is not None and looking:
            listed = session.grave.exhausted or session.grave in {place.grave for place in self._places}
            died = not listed and view.model.any_died
            note = session.standing.remark or (teaching.DIED if died else self._told_by(session.grave))
        self.head.say(note)
        self.head.mark.setVisible(not listed)

    def _told_by(self, grave: Grave) -> str:
        """How it is known, where neither the broker's configuration nor a person tells."""
        snapshot = self._studio.monitor.snapshot
        queues = known(snapshot.queues, {}) if snapshot is not None else {}
        told_by = queues[grave.queue].told_by if grave.queue in queues and not grave.exhausted else ""
        return teaching.known_by(told_by) if told_by else ""

    def _likely(self) -> Sequence[graves.Place]:
        snapshot = self._studio.monitor.snapshot
        likely = self._studio.marked.likely(snapshot) if snapshot is not None else ()
        return [graves.Place(Grave(queue.name), queue.messages) for queue in likely]

    def _mark(self) -> None:
        if self.session is not None and self.session.grave is not None:
            mark(self._studio, self.session.grave.queue, keeps=True)

    def _on_counted(self) -> None:
        if self.session is not None and self.view is not None and self.session.phase is Phase.LOOKING:
            self.view.refresh()
            self._show_count()
            self._say_of_queue()

    def _on_exchanged(self) -> None:
        if self.session is not None and self.view is not None and self.session.look is self._shown:
            self.view.exchange()

    # What the user does

    def _ask(self, what: Callable[[LookSession], None]) -> None:
        if self.session is not None:
            what(self.session)

    def _on_order(self, newest_first: bool) -> None:
        if self.view is not None:
            self.view.model.set_newest_first(newest_first)

    def _ask_for_queue(self) -> None:
        snapshot = self._studio.monitor.snapshot
        queues = known(snapshot.queues, {}) if snapshot is not None else {}
        self._finder.ask_below(self.head.chooser, sorted(queues))

    def _ask_for_file(self) -> None:
        if self._exporting is not None:
            self._exporting.ask(self)

    async def export(self, file: Path) -> None:
        """See ``LettersExport.write``."""
        if self._exporting is not None:
            await self._exporting.write(file)
