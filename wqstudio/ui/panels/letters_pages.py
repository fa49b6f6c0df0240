"""What stands where letters would be: the letters, what looking at them costs, or why there are none."""

from PySide6.QtWidgets import QStackedWidget, QWidget

from wqstudio.domain.reading import Unknown
from wqstudio.engine.studio import Studio
from wqstudio.ui.look_session import LookSession, Phase
from wqstudio.ui.panels import letters_teaching as teaching
from wqstudio.ui.panels.checkout import CheckoutCard
from wqstudio.ui.panels.empty_state import EmptyState
from wqstudio.ui.panels.letters_view import LettersView
from wqstudio.ui.theme import Theme


class LettersPages(QStackedWidget):
    def __init__(self, studio: Studio, theme: Theme) -> None:
        super().__init__()
        self._studio, self._words = studio, studio.broker.words
        self.no_journal = ""
        """Why there is none; empty: there is one, or it was not asked for yet."""
        self.empty, self.card = EmptyState(theme), CheckoutCard(theme)
        self.addWidget(self.empty)
        self.addWidget(self.card)

    def show_phase(self, session: LookSession | None, view: LettersView | None) -> bool:
        """Whether it is the letters that are shown."""
        self.card.show_busy(busy=session is not None and session.busy)
        page = self._page(session, view)
        self.setCurrentWidget(page)
        return page is view

    def _page(self, session: LookSession | None, view: LettersView | None) -> QWidget:
        grave = session.grave if session is not None else None
        if session is None or view is None or grave is None or session.phase is Phase.NONE:
            self.empty.say(*self._why_nothing())
            return self.empty
        match session.phase:
            case Phase.OPENING:
                self.empty.say(*teaching.opening(grave))
                return self.empty
            case Phase.PRICED:
                read_only = self._studio.connection.read_only
                self.card.show_cost(grave.queue, session.standing.cost, read_only=read_only, trouble=session.why)
                return self.card
            case Phase.ENDED:
                self.card.show_end(grave.queue, session.why, opened=session.opened)
                return self.card
            case _:
                return view

    def _why_nothing(self) -> teaching.Said:
        snapshot = self._studio.monitor.snapshot
        if self.no_journal:
            return teaching.no_journal(self.no_journal)
        if snapshot is None:
            return teaching.reading(self._words)
        if isinstance(snapshot.queues, Unknown):
            return teaching.unread(snapshot.queues.reason, self._words)
        likely = [queue.name for queue in self._studio.marked.likely(snapshot)] if self.isVisible() else []
        return teaching.no_grave(self._studio.connection.product, self._words, likely)
