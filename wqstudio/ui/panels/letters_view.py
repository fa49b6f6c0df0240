"""A look at dead letters as one works with it: filter, table, the letter itself, and what to do with the chosen."""

from functools import partial

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QVBoxLayout, QWidget

from wqstudio.domain.redrive import Choice, Match
from wqstudio.ui.catch_up import CatchUp
from wqstudio.ui.look_session import LookSession
from wqstudio.ui.models import letter_choice
from wqstudio.ui.models.graves import Grave
from wqstudio.ui.models.letter_choice import Chosen
from wqstudio.ui.models.letter_counts import Counts
from wqstudio.ui.models.letters import LettersModel
from wqstudio.ui.panels import letters_teaching as teaching
from wqstudio.ui.panels.checkout import HeldBanner
from wqstudio.ui.panels.chosen_letters import ChosenLetters
from wqstudio.ui.panels.empty_state import EmptyState
from wqstudio.ui.panels.letter_inspector import LetterInspector
from wqstudio.ui.panels.letter_pane import ReadTrouble
from wqstudio.ui.panels.letters_choosing import Choosing
from wqstudio.ui.panels.letters_filter import LettersFilter
from wqstudio.ui.panels.letters_foot import LettersFoot
from wqstudio.ui.panels.letters_reading import Reading
from wqstudio.ui.panels.letters_table import LettersTable
from wqstudio.ui.theme import SPACE_S, Theme

_SAID_MS = 8_000


class LettersView(QWidget):
    """Shows the look that its session holds, from ``begin`` to ``stop``."""

    def __init__(self, session: LookSession, theme: Theme, *, read_only: bool) -> None:
        super().__init__()
        self.setObjectName("lettersView")
        self._session, self._theme, self._read_only = session, theme, read_only
        self.model = LettersModel(self)
        self._says = False
        """What is not over yet, instead of the counts."""
        self._build()
        self._choosing = Choosing(session, self.model, self.table, self.filter)
        self.chosen = ChosenLetters(session, self._choosing, theme, read_only=read_only, parent=self)
        self.table.make_drag = self._choosing.drag
        self._catching_up = CatchUp(session, self._choosing.outlasts_exchange, self)
        self._listen()

    def begin(self) -> None:
        """Another look than before; its letters may be shown."""
        self.reading.keeping.drop()
        self.table.resume_at = None
        self.reading.close()
        self.filter.reset()
        self._say_failure("")
        self.model.show(self._session.page, self._session.shown)
        self.refresh()
        self.table.scrollToTop()

    def stop(self) -> None:
        self._catching_up.stop()
        self.model.show(None)
        self._said.stop()
        self.reading.stop()

    def refresh(self) -> None:
        """The counts are others."""
        session = self._session
        self.table.fills = self._counting
        self.table.resize_line(session.shown)
        self.filter.show_survey(session.survey, session.look.trouble if session.look is not None else "")
        self.banner.setVisible(session.holds)  # from the beginning: rows that move on are clicked amiss
        if session.holds:
            self.banner.show_held(session.held, session.standing.cost, session.left)
        self._show_counts()
        self._show_page()
        self._seek()

    def exchange(self) -> None:
        """The same places are other letters; what is chosen stays so, unless it is gone or filtered away. All that
        match stay so while a run takes them.
        """
        goes_on = self._session.since.runs.go_on
        everything = self.table.all_chosen and goes_on
        self.reading.begin_exchange()
        self.table.forget_choice()
        self.model.forget(at_once=not goes_on)
        self.refresh()
        if everything:
            self.table.selectAll()
        self.reading.end_exchange()

    def tick(self) -> None:
        """Some seconds have passed: the table and the letter say alike how long ago it was."""
        self.model.tick()
        self.reading.tell_age()

    @property
    def inspector(self) -> LetterInspector:
        return self.reading.inspector

    def chosen_rows(self) -> Chosen | None:
        """What is selected; None: nothing, or it is gone."""
        return self._choosing.chosen()

    def all_that_match(self, grave: Grave) -> Choice:
        return letter_choice.all_of(grave, self._choosing.everything)

    def focus_filter(self) -> None:
        self.filter.line.setFocus()
        self.filter.line.selectAll()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Find):
            self.reading.show_list()
            self.focus_filter()
        elif event.key() == Qt.Key.Key_Escape and self.reading.is_list_hidden:
            self.reading.go_back()
        elif event.key() == Qt.Key.Key_Escape and self.filter.line.text():
            self.filter.clear()
        else:
            super().keyPressEvent(event)

    # Building

    def _build(self) -> None:
        self.filter = LettersFilter(self._theme)
        self.banner = HeldBanner()
        self._trouble = ReadTrouble()
        self.table = LettersTable(self.model, self._theme)
        self.empty = EmptyState(self._theme)
        listed = QWidget()
        under = QVBoxLayout(listed)
        under.setContentsMargins(0, 0, 0, 0)
        under.addWidget(self.table)
        under.addWidget(self.empty)
        self.reading = Reading(
            self._session, self.table, self.model, listed=listed, above=self.filter, theme=self._theme
        )
        self.foot = LettersFoot(read_only=self._read_only)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_S)
        for widget in (self.filter, self.banner, self._trouble):
            layout.addWidget(widget)
        layout.addWidget(self.reading.room, 1)
        layout.addWidget(self.foot)

    def _listen(self) -> None:
        self._said = QTimer(self, singleShot=True, interval=_SAID_MS)
        self._said.timeout.connect(self._show_counts)
        self.filter.changed.connect(self._sift)
        self.filter.passed.connect(self.table.enter)
        self.model.failed.connect(self._say_failure)
        self.model.fetched.connect(self._on_fetched)
        self._trouble.again.clicked.connect(self.model.retry)
        self.banner.give_back_wanted.connect(lambda: self._session.leave("What was held is given back."))
        self.table.chosen.connect(self._on_chosen)
        self.chosen.said.connect(self.say)
        self.table.copy_wanted.connect(self.chosen.copy)
        self.table.edit_wanted.connect(self.chosen.edit)
        self.table.discard_wanted.connect(self.chosen.discard)
        self.table.customContextMenuRequested.connect(self._open_menu)
        self.foot.home_wanted.connect(partial(self.chosen.requeue, to_origin=True))
        self.foot.requeue_wanted.connect(partial(self.chosen.requeue, to_origin=False))
        self.foot.discard_wanted.connect(self.chosen.discard)
        self.foot.edit_wanted.connect(self.chosen.edit)
        self.reading.came.connect(self.tick)  # all of them, so that the same second reads alike
        self.reading.arranged.connect(self._on_arranged)
        self.foot.read_wanted.connect(self.reading.open)
        self.inspector.edit_wanted.connect(self.chosen.edit)

    # What is shown

    def _show_counts(self) -> None:
        if self._says or self._said.isActive():
            return
        session, chosen = self._session, self._choosing.count
        counts = Counts(
            self._choosing.shown,
            session.count,
            chosen,
            session.more,
            self._choosing.everything,
            all_chosen=self.table.all_chosen,
            filtered=session.narrowed,
            searching=session.survey if self._counting else None,
        )
        self.foot.say(counts.said)
        self.foot.allow(chosen)
        self.reading.tell_place()

    def _show_page(self) -> None:
        session, survey = self._session, self._session.survey
        empty = not session.shown and not self._counting
        self.table.setVisible(not empty)
        self.empty.setVisible(empty)
        if not empty or session.grave is None:
            return
        if session.standing.count and survey is not None:
            self.empty.say(*teaching.nothing_matches(survey.seen, session.count))
        else:
            self.empty.say(*teaching.nothing_in(session.grave))

    def _sift(self) -> None:
        if self._session.narrowed and not self._filters:
            self.reading.keeping.remember()
        if self.table.all_chosen:
            self.table.forget_choice()
        self._session.sift(self.filter.match)
        if self._filters:
            self.reading.keeping.drop()

    @property
    def _counting(self) -> bool:
        """They are looked through at the moment."""
        survey = self._session.survey
        return survey is not None and not survey.done

    @property
    def _filters(self) -> bool:
        """Grouping alone leaves no letter out."""
        return self.filter.match not in (None, Match())

    def _seek(self) -> None:
        """What was chosen before the letters were put in line anew."""
        if (keeping := self.reading.keeping).pending:
            keeping.seek(counting=self._counting)
            self.reading.inspect_soon()

    def _say_failure(self, why: str) -> None:
        self._trouble.say(why)

    def say(self, text: str, *, until_more: bool = False) -> None:
        """For a moment, instead of the counts; or ``until_more`` is said."""
        self._said.stop()
        self.foot.say(text)
        self._says = until_more
        if not until_more:
            self._said.start()

    def _on_arranged(self, alone: bool, letter: bool) -> None:
        self.foot.offer_reading(offered=alone and not letter)
        self.foot.show_text(shown=not (alone and letter))

    def _on_fetched(self) -> None:
        self.refresh()
        if not self.reading.reads:
            self.reading.inspect_soon()

    def _on_chosen(self) -> None:
        self._said.stop()
        if self.table.rows:
            self.reading.keeping.drop()
            self.table.resume_at = None
        self.model.note(self.table.rows)
        self._show_counts()
        self.reading.inspect_soon()

    def _open_menu(self, at: QPoint) -> None:
        if self._choosing.count:
            self.chosen.menu(self).popup(self.table.viewport().mapToGlobal(at))
