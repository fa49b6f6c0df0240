"""One move of dead letters: while it goes on, when it has ended, and when it was interrupted."""

from collections.abc import Callable

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from wqstudio.domain.redrive import Progress, RunState
from wqstudio.engine.journal.journal import Entry
from wqstudio.engine.looks.process import Run
from wqstudio.ui.icons import bind_icon
from wqstudio.ui.models import run_texts as texts
from wqstudio.ui.panels.elided import FittingLabel
from wqstudio.ui.panels.move_options import MOST_RATE, NO_RATE
from wqstudio.ui.panels.run_refusals import RefusedButton
from wqstudio.ui.panels.spin_boxes import decimal
from wqstudio.ui.panels.thin_bar import ThinBar
from wqstudio.ui.plain import PlainLabel, plain_tip
from wqstudio.ui.theme import SPACE_M, SPACE_S, SPACE_XS, Concept, Theme

STAYS_MS = 20_000
"""On screen, of a result that is as it should be; the journal keeps it."""


class _Line(QFrame):
    """A title, buttons beside it, and one more row below."""

    def __init__(self, name: str, *title: str) -> None:
        """``title``: the longest way to say it first."""
        super().__init__()
        self.setObjectName(name)
        self.setProperty("kind", "run")
        self._title = FittingLabel(Qt.TextElideMode.ElideMiddle)
        self._title.say(*title)
        self._title.setProperty("kind", "runTitle")
        self._title.setToolTip(plain_tip(title[0]))
        self._head, self._below = QHBoxLayout(), QHBoxLayout()
        self._head.setSpacing(SPACE_XS)
        self._below.setSpacing(SPACE_S)
        self._head.addWidget(self._title, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_M, SPACE_XS, SPACE_XS, SPACE_S)
        layout.setSpacing(SPACE_XS)
        layout.addLayout(self._head)
        layout.addLayout(self._below)

    def _word(self, text: str, name: str, *, kind: str = "") -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(name)
        button.setAccessibleName(f"{text}: {self._title.text()}")
        if kind:
            button.setProperty("kind", kind)
        self._head.addWidget(button)
        return button

    def _sign(self, icon: str, theme: Theme, said: str, name: str) -> QToolButton:
        button = QToolButton()
        button.setObjectName(name)
        button.setProperty("kind", "quiet")
        button.setToolTip(said)
        button.setAccessibleName(said)
        bind_icon(button, icon, theme)
        return button


class RunLine(_Line):
    """Of a run that goes on; steers it."""

    def __init__(self, run: Run, theme: Theme) -> None:
        super().__init__("runLine", texts.title(run.plan))
        self.run = run
        self._theme, self._cancelled = theme, False
        self._figures = FittingLabel()
        self._figures.setAlignment(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)
        self._figures.setObjectName("runFigures")
        self._figures.setProperty("kind", "muted")
        self._refused = RefusedButton()
        self._bar = ThinBar(theme, Concept.ACKED)
        self._bar.setAccessibleName("Progress")
        self._trouble = PlainLabel(wordWrap=True)
        self._trouble.setObjectName("runTrouble")
        self._trouble.setProperty("kind", "warning")
        self._trouble.hide()
        self._rate = decimal(0.0, MOST_RATE, 1, " /s")
        self._rate.setSpecialValueText(NO_RATE)
        self._rate.setGroupSeparatorShown(True)
        self._rate.setKeyboardTracking(False)
        self._rate.setValue(run.plan.rate)
        self._rate.setObjectName("runRate")
        self._rate.setAccessibleName("How fast, messages a second at most")
        self._rate.setToolTip("Messages a second at most; 0: as fast as it goes")
        self._rate.valueChanged.connect(run.set_rate)
        self._pause = self._sign("pause", theme, "Pause", "runPause")
        self._pause.clicked.connect(self._on_pause)
        self._cancel = self._sign("close", theme, texts.CANCEL_TIP, "runCancel")
        self._cancel.clicked.connect(self._on_cancel)
        self._head.addWidget(self._refused)
        self._head.addWidget(self._figures, 1)
        self._head.addSpacing(SPACE_XS)
        self._head.setStretchFactor(self._title, 0)  # its words come first: the figures can be said in fewer
        self._title.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self._below.addWidget(self._bar, 1)
        for widget in (self._rate, self._pause, self._cancel):
            self._below.addWidget(widget)
        outer = self.layout()
        assert outer is not None
        outer.addWidget(self._trouble)
        self.follow()

    def follow(self) -> None:
        """Show how far it is."""
        progress = self.run.progress
        ways = texts.figures(self.run.plan, progress, cancelled=self._cancelled)
        self._figures.say(*ways)
        self._figures.setToolTip(ways[0])
        self._figures.setMinimumWidth(self._figures.fontMetrics().horizontalAdvance(ways[-1]))
        self._bar.show_share(texts.share(self.run.plan, progress))
        self._refused.show_refusals(texts.refused(progress), progress.refusals)
        self._trouble.setText(progress.trouble)
        self._trouble.setVisible(bool(progress.trouble))
        self._show_paused(progress)

    def _show_paused(self, progress: Progress) -> None:
        paused = progress.state is RunState.PAUSED
        bind_icon(self._pause, "play" if paused else "pause", self._theme)
        said = "Go on" if paused else "Pause"
        self._pause.setToolTip(said)
        self._pause.setAccessibleName(said)

    def _on_pause(self) -> None:
        if self.run.progress.state is RunState.PAUSED:
            self.run.resume()
        else:
            self.run.pause()

    def _on_cancel(self) -> None:
        self.run.cancel()
        self._cancelled = True
        self.follow()
        for button in (self._pause, self._cancel):
            button.setEnabled(False)
        with QSignalBlocker(self._rate):
            self._rate.setEnabled(False)


class ResultLine(_Line):
    """Of a run that has ended. One that is as it should be goes by itself, once it was on screen for a while and nobody
    is at it, or about to click on what moves then; any other stays until somebody closes it, or goes to the journal for
    it.
    """

    undo_wanted = Signal(str)
    finish_wanted = Signal(str)
    """Another run, that some of its messages were left to."""
    journal_wanted = Signal(str)
    dismissed = Signal()

    def __init__(self, run: Run, took: float, theme: Theme, moves: Callable[[], QWidget | None]) -> None:
        """``moves``: what is laid out anew where this line goes."""
        super().__init__("resultLine", texts.title(run.plan))
        self.run = run
        self._moves = moves
        self._owner = ""
        refused = RefusedButton()
        refused.show_refusals(texts.refused(run.progress), run.progress.refusals)
        self._undo = self._word("Undo", "runUndo", kind="quiet")
        self._undo.hide()
        self._undo.clicked.connect(lambda: self.undo_wanted.emit(run.id))
        show = self._word("Show in journal", "runShow", kind="quiet")
        show.clicked.connect(lambda: self.journal_wanted.emit(run.id))
        close = self._sign("close", theme, "Close this line", "runDismiss")
        close.clicked.connect(self.dismissed)
        self._head.addWidget(close)
        failure = run.failure or (run.progress.trouble if run.progress.state is RunState.FAILED else "")
        text = f"It did not get to its end. {failure}" if failure else ""
        result = PlainLabel(text or texts.result(run.plan, run.progress, took), wordWrap=True)
        result.setObjectName("runResult")
        self.is_odd = bool(failure) or run.progress.is_odd
        result.setProperty("kind", "warning" if self.is_odd else "muted")
        self._stay = QTimer(self, singleShot=True, interval=STAYS_MS)
        self._stay.timeout.connect(self._on_stayed)
        self._below.addWidget(result, 1)
        self._below.addWidget(self._finishing())
        self._below.addWidget(refused)
        self._title_text, self._result = self._title.text(), result
        self.setAccessibleName(f"{self._title_text}: {result.text()}")

    def fold(self, *, folded: bool) -> None:
        """Into a single row, where room is short and there is nothing more to be said of it."""
        short = folded and not self.is_odd
        self._title.say(self._result.text() if short else self._title_text)
        self._title.setToolTip(plain_tip(self._title_text))
        self._result.setVisible(not short)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self.is_odd:
            self._stay.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._stay.stop()

    def _on_stayed(self) -> None:
        focused, moves = self.window().focusWidget(), self._moves()
        is_pointed_at = moves is not None and moves.underMouse()
        if is_pointed_at or (focused is not None and self.isAncestorOf(focused)):
            self._stay.start()
        else:
            self.dismissed.emit()

    def _finishing(self) -> QPushButton:
        self._finish = QPushButton("Finish it first")
        self._finish.setObjectName("runFinishOther")
        self._finish.setProperty("kind", "quiet")
        self._finish.hide()
        self._finish.clicked.connect(lambda: self.finish_wanted.emit(self._owner))
        return self._finish

    def offer_undo(self, *, possible: bool) -> None:
        self._undo.setVisible(possible)

    def offer_finish(self, owner: str) -> None:
        """Of the run of that id; empty: of none."""
        self._owner = owner
        self._finish.setVisible(bool(owner))
        self._finish.setToolTip(f"Go on with run {owner} where it was interrupted")
        self._finish.setAccessibleName(f"Finish run {owner} first")

    def allow_undo(self, *, allowed: bool) -> None:
        """Not while one goes on."""
        self._undo.setEnabled(allowed)


class InterruptedLine(_Line):
    """Of a run that the journal has half done."""

    finish_wanted = Signal(object)
    """The ``Entry``."""
    dismissed = Signal()

    def __init__(self, entry: Entry, *, read_only: bool) -> None:
        super().__init__("interruptedLine", *texts.interrupted_title(entry))
        self.entry = entry
        finish, leave = self._word("Finish", "runFinish"), self._word("Leave", "runLeave", kind="quiet")
        finish.setEnabled(not read_only)
        finish.setToolTip("This connection is read-only" if read_only else "Go on where it was interrupted")
        finish.clicked.connect(lambda: self.finish_wanted.emit(entry))
        leave.setToolTip("Everything stays as it is; the journal offers to finish it, or to give it up")
        leave.clicked.connect(self.dismissed)
        figures = PlainLabel(texts.interrupted_figures(entry), wordWrap=True)
        figures.setObjectName("interruptedFigures")
        figures.setProperty("kind", "warning")
        self._below.addWidget(figures, 1)
        self.setAccessibleName(f"{self._title.text()}: {figures.text()}")


class FoldedLine(_Line):
    """How many more there are for which the letters would lose their room."""

    journal_wanted = Signal()
    dismissed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__("foldedLine", "")
        self._word("Show in journal", "foldedShow", kind="quiet").clicked.connect(self.journal_wanted)
        close = self._sign("close", theme, "Close these lines; the journal keeps what they say", "foldedDismiss")
        close.clicked.connect(self.dismissed)
        self._head.addWidget(close)
        self.hide()

    def show_number(self, interrupted: int, odd: int) -> None:
        self._title.say(texts.folded(interrupted, odd))
        self.setAccessibleName(self._title.text())
        self.setVisible(interrupted + odd > 0)
