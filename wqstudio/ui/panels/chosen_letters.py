"""What can be done with the letters that are chosen: found, wherever they are, and told to who does it."""

from collections.abc import Awaitable, Callable
from functools import partial

import shiboken6
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QMenu, QWidget

from wqstudio.background import spawn
from wqstudio.engine.looks.process import LookError
from wqstudio.ui.icons import bind_icon
from wqstudio.ui.look_session import LookSession
from wqstudio.ui.models.letter_choice import Chosen, known_at_once
from wqstudio.ui.models.letter_pages import PAGE
from wqstudio.ui.one_at_a_time import OneAtATime
from wqstudio.ui.panels.letters_choosing import Choosing
from wqstudio.ui.theme import Theme
from wqstudio.ui.window_actions import shown_keys

WORK = "work on the chosen letters"
"""The task's name."""
_GONE = "It is not there any more."
_LEFT = "What was selected is not looked at any more; choose it again."


class ChosenLetters(QObject):
    requeue_wanted = Signal(object, bool)
    """``Chosen``, and whether each goes to where it came from."""
    discard_wanted = Signal(object)
    """``Chosen``"""
    edit_wanted = Signal(object, object)
    """``Look`` and ``Letter``."""
    export_wanted = Signal()
    said = Signal(str)
    """To the person, for a moment."""

    def __init__(
        self, session: LookSession, choosing: Choosing, theme: Theme, *, read_only: bool, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._session, self._choosing, self._theme, self._read_only = session, choosing, theme, read_only
        self._doing = OneAtATime(lambda: None)

    def requeue(self, *, to_origin: bool) -> None:
        self._do(partial(self._requeue, to_origin=to_origin))

    def discard(self) -> None:
        self._do(self._discard)

    def edit(self) -> None:
        self._do(self._edit)

    def copy(self) -> None:
        """Their lines, to the clipboard."""
        self._do(self._copy, writes=False)

    def menu(self, parent: QWidget) -> QMenu:
        """Of at least one."""
        menu, one = QMenu(parent), self._choosing.count == 1
        menu.setObjectName("lettersMenu")
        writes = not self._read_only
        for text, keys, icon, action, allowed in (
            ("Requeue to origin", "Ctrl+Return", "arrow-right", partial(self.requeue, to_origin=True), writes),
            ("Requeue to…", "Ctrl+Shift+Return", "queue", partial(self.requeue, to_origin=False), writes),
            ("Edit…", "Ctrl+E", "edit", self.edit, one and writes),
            ("Copy", "Ctrl+C", "copy", self.copy, True),
            ("Export…", "", "save", self.export_wanted.emit, True),
            ("Discard…", "Del", "trash", self.discard, writes),
        ):
            entry = menu.addAction(f"{text}\t{shown_keys(keys)}" if keys else text)
            bind_icon(entry, icon, self._theme)
            entry.setEnabled(allowed)
            entry.triggered.connect(action)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return menu

    async def _requeue(self, *, to_origin: bool) -> None:
        if (chosen := await self._to_move()) is not None and shiboken6.isValid(self):
            self.requeue_wanted.emit(chosen, to_origin)

    async def _discard(self) -> None:
        if (chosen := await self._to_move()) is not None and shiboken6.isValid(self):
            self.discard_wanted.emit(chosen)

    async def _to_move(self) -> Chosen | None:
        """Thousands that were never on screen are read beside the preview, and not before anybody sees it."""
        chosen = self._choosing.chosen()
        if chosen is None or chosen.choice.count > PAGE:
            return chosen
        whole = known_at_once(chosen.look, await chosen.whole())
        self._check_looked_at(whole)
        return whole

    async def _edit(self) -> None:
        chosen = self._choosing.chosen()
        if chosen is None or (ids := (await chosen.whole()).ids) is None:
            return
        self._check_looked_at(chosen)
        letter = await self._session.letter(ids[0])
        self._check_looked_at(chosen)
        if letter is None:
            self._say(_GONE)
        elif shiboken6.isValid(self):
            self.edit_wanted.emit(chosen.look, letter)

    def _check_looked_at(self, chosen: Chosen) -> None:
        """LookError: another queue is, by now."""
        if chosen.look is not self._session.look:
            raise LookError(_LEFT)

    async def _copy(self) -> None:
        if self._choosing.count:
            count = await self._choosing.copy()
            self._say(f"{count:,} {'line' if count == 1 else 'lines'} copied")

    def _say(self, text: str) -> None:
        """The panel may have been closed while something was waited for."""
        if shiboken6.isValid(self):
            self.said.emit(text)

    def _do(self, action: Callable[[], Awaitable[None]], *, writes: bool = True) -> None:
        async def guarded() -> None:
            if not shiboken6.isValid(self):
                return
            try:
                await action()
            except LookError as error:
                self._say(str(error))

        if not writes:
            spawn(guarded(), WORK)
        elif not self._read_only:
            self._doing.do(guarded, WORK)
