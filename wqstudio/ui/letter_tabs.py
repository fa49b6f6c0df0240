"""Ties the tab of dead letters to what becomes of them: previews, runs, the journal, drags onto the explorer."""

from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QDialog, QFileDialog, QMainWindow, QTabWidget

from wqstudio.domain.letter import Edit, Letter
from wqstudio.domain.redrive import Choice
from wqstudio.engine.looks.desk import Desk
from wqstudio.engine.looks.look import Look
from wqstudio.engine.studio import Studio
from wqstudio.ui import icons
from wqstudio.ui.letter_moves import LetterMoves
from wqstudio.ui.look_session import Phase
from wqstudio.ui.models.graves import Grave
from wqstudio.ui.models.letter_choice import Everything, all_of, known_at_once
from wqstudio.ui.panels.explorer import ExplorerPanel
from wqstudio.ui.panels.journal import JournalPanel
from wqstudio.ui.panels.letter_drops import DragWatch
from wqstudio.ui.panels.letter_edit import LetterEdit
from wqstudio.ui.panels.letters import LettersPanel
from wqstudio.ui.panels.runs import RunsStrip
from wqstudio.ui.theme import Theme


class LetterTabs(QObject):
    """Adds the journal behind the tab of dead letters, and the strip of runs to that."""

    def __init__(
        self,
        window: QMainWindow,
        studio: Studio,
        desk: Desk,
        theme: Theme,
        *,
        tabs: QTabWidget,
        letters: LettersPanel,
        explorer: ExplorerPanel,
    ) -> None:
        super().__init__(window)
        self._window, self._theme, self._tabs = window, theme, tabs
        self._letters, self._explorer = letters, explorer
        self.moves = LetterMoves(window, studio, desk, theme)
        self.runs = RunsStrip(desk, theme)
        self.journal = JournalPanel(desk, theme)
        self._all_of: Grave | None = None
        """All of these are to be requeued once they are looked at."""
        self._editor: LetterEdit | None = None
        letters.look_changed.connect(self._requeue_all)
        letters.add_foot(self.runs)
        tabs.insertTab(tabs.indexOf(letters) + 1, self.journal, "Journal")
        letters.requeue_wanted.connect(self.moves.requeue)
        letters.discard_wanted.connect(self.moves.discard)
        letters.edit_wanted.connect(self._edit)
        letters.import_wanted.connect(self.ask_for_import)
        explorer.letter_drops.dropped.connect(self.moves.drop)
        for part in (self.runs, self.journal):
            part.undo_wanted.connect(self.moves.undo)
            part.finish_wanted.connect(self.moves.finish)
        self.journal.give_up_wanted.connect(self.moves.give_up)
        self.moves.given_up.connect(self.runs.forget)
        self.moves.given_up.connect(self.journal.read_again)
        self.runs.journal_wanted.connect(self.show_in_journal)
        self.runs.half_done.connect(self._mark_half_done)
        begin, end = explorer.letter_drops.begin, explorer.letter_drops.end
        self._watch = DragWatch(_native(window), lambda drag: begin(drag.chosen.choice), end, self)

    def show_in_journal(self, run: str) -> None:
        self._tabs.setCurrentWidget(self.journal)
        self.journal.show_run(run)

    def show_letters(self) -> None:
        self._tabs.setCurrentWidget(self._letters)

    def requeue_all(self, grave: Grave) -> None:
        """To where they came from, once they are looked at; what that costs may have to be agreed to first."""
        self.show_letters()
        session = self._letters.session
        if session is None:
            return  # no journal can be kept, and the tab says why
        self._all_of = grave
        if session.grave == grave and session.phase in (Phase.OPENING, Phase.PRICED, Phase.LOOKING):
            self._requeue_all()
        else:
            self._letters.open(grave)

    def _requeue_all(self) -> None:
        session, grave = self._letters.session, self._all_of
        if session is None or grave is None:
            return
        if session.grave != grave or session.phase in (Phase.NONE, Phase.ENDED):
            self._all_of = None
        elif session.phase is Phase.LOOKING and session.look is not None:
            self._all_of = None
            everything = Everything(session.count, None, None)
            chosen = known_at_once(session.look, all_of(grave, everything))
            self.moves.requeue(chosen, to_origin=True)

    def ask_for_import(self) -> None:
        """Which file of exported messages is to be published again."""
        asking = QFileDialog(self._window, "Import messages", "", "JSON Lines (*.jsonl);;All (*)")
        asking.setObjectName("lettersImportFile")
        asking.setFileMode(QFileDialog.FileMode.ExistingFile)
        asking.fileSelected.connect(self.bring)
        asking.finished.connect(asking.deleteLater)
        asking.open()

    def bring(self, file: str) -> None:
        self.show_letters()
        session = self._letters.session
        grave = session.grave if session is not None else None
        self.moves.bring(file, grave.queue if grave is not None and not grave.exhausted else "")

    def _mark_half_done(self, count: int) -> None:
        """On the tab, since it may be another one that is seen."""
        mark = icons.icon("warning", self._theme, self._theme.tones.warning) if count else QIcon()
        self._tabs.setTabIcon(self._tabs.indexOf(self._letters), mark)

    def detach(self) -> None:
        for part in (self.runs, self.journal):
            part.detach()
        self._window.windowHandle().removeEventFilter(self._watch)
        self.moves.close()
        if self._editor is not None:
            self._editor.done(QDialog.DialogCode.Rejected)
        self.deleteLater()

    def _edit(self, look: Look, letter: Letter) -> None:
        self._editor = editor = LetterEdit(letter, self._theme, self._window)
        editor.edited.connect(partial(self._requeue_edited, editor, look, letter, look.standing.identity))
        editor.finished.connect(self._end_editing)
        editor.open()

    def _requeue_edited(self, editor: LetterEdit, look: Look, letter: Letter, identity: bytes, edit: Edit) -> None:
        """``identity`` of the queue in which it was read."""
        origins = (letter.origin,) if letter.origin else ()
        choice = Choice(look.queue, 1, (letter.id,), exhausted=look.exhausted, origins=origins, identity=identity)
        preview = self.moves.requeue_edited(known_at_once(look, choice), edit)
        preview.accepted.connect(editor.accept)
        preview.rejected.connect(editor.resume)

    def _end_editing(self) -> None:
        editor, self._editor = self._editor, None
        if editor is not None:
            editor.deleteLater()


def _native(window: QMainWindow) -> QObject:
    window.winId()  # makes it, where it was not shown yet
    handle = window.windowHandle()
    assert handle is not None
    return handle
