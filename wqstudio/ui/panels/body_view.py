"""The body of a message to read: as what it was recognised, or as what somebody chooses."""

import asyncio
from collections.abc import Coroutine, Sequence
from functools import partial
from pathlib import Path

import shiboken6
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QFileDialog,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from wqstudio.background import spawn
from wqstudio.engine.letters.bodies import MOST, Content, Form, amount, opened
from wqstudio.engine.letters.body_text import Shown, shown
from wqstudio.engine.letters.wraps import Wrap, WrapError
from wqstudio.ui.panels.body_layers import BodyLayers
from wqstudio.ui.panels.code_view import CodeView
from wqstudio.ui.panels.find_bar import FindBar
from wqstudio.ui.panels.quiet_button import quiet_button
from wqstudio.ui.plain import PlainLabel
from wqstudio.ui.theme import SPACE_M, SPACE_S, SPACE_XS, Theme

_FOR_16 = 76
"""Characters in a line of a hex dump with 16 bytes."""
_LABELS = {Form.JSON: "JSON", Form.TEXT: "Text", Form.MSGPACK: "MsgPack", Form.HEX: "Hex"}

_FILLING = "Filling in the rest, which can be read already …"


class BodyView(QWidget):
    """A large body is opened by its beginning, until all of it is asked for; nothing of it holds the window up."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("bodyView")
        self._theme = theme
        self._body, self._lost = b"", False
        self._wraps: tuple[Wrap, ...] = ()
        """All that are known; ``_level`` of them are open."""
        self._inmost = Form.TEXT
        self._level = 0
        self._content = Content(b"", Form.TEXT, whole=True)
        self._form = Form.TEXT
        """As which it was asked for."""
        self._all = False
        self._turn = object()
        """Of what is shown; what was prepared for another one comes too late."""
        self._build()

    def show_body(self, body: bytes, *, lost: bool = False) -> None:
        """``lost``: it is not to be had, and ``body`` is empty."""
        self._body, self._lost = body, lost
        recognised = opened(body)
        self._wraps, self._level, self._inmost = recognised.wraps, len(recognised.wraps), recognised.form
        self._begin(recognised, recognised.form)

    def open_search(self) -> None:
        self._find.open_search()

    def copy_text(self) -> None:
        """The text as it is shown, or the part of it that is."""
        text = self.view.toPlainText() if self._all else "".join(self._made(self._content).pieces)
        QGuiApplication.clipboard().setText(text)

    def save(self, path: Path, *, inside: bool) -> None:
        """``inside``: what is in the wraps that are open, else the body as it came."""
        self._start(self._written(path, self._body, self._wraps[: self._level] if inside else ()))

    def tighten(self, *, tight: bool) -> None:
        """Where each line counts."""
        apart = SPACE_XS if tight else SPACE_S
        self._layout.setContentsMargins(SPACE_M, apart, SPACE_M, apart)
        self._layout.setSpacing(apart)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._form is Form.HEX and not self._all and self._columns() != self._dumped:
            self._present(self._content, self._made(self._content))

    def _build(self) -> None:
        self.view = CodeView(self._theme, "bodyText", "Body")
        self.view.filled.connect(self._on_filled)
        self._find = FindBar(self.view, self._theme)
        self._layers = BodyLayers()
        self._layers.chosen.connect(self._on_layer)
        self._dumped = 16
        self._note = PlainLabel(wordWrap=True)
        self._note.setObjectName("bodyNote")
        self._note.setProperty("kind", "muted")
        self._more = QPushButton("Show all")
        self._more.setObjectName("bodyShowAll")
        self._more.setAccessibleName("Show all of the body")
        self._more.clicked.connect(self._show_all)
        below = QHBoxLayout()
        below.setSpacing(SPACE_S)
        below.addWidget(self._note, 1)
        below.addWidget(self._more)
        self._layout = QVBoxLayout(self)
        self._layout.addLayout(self._head())
        self._layout.addWidget(self._layers)
        self._layout.addWidget(self._find)
        self._layout.addWidget(self.view, 1)
        self._layout.addLayout(below)
        self.tighten(tight=False)

    def _head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(SPACE_XS // 2)
        self._switch = QButtonGroup(self)
        for number, (form, label) in enumerate(_LABELS.items()):
            button = QPushButton(label)
            button.setCheckable(True)
            button.setObjectName(f"bodyAs{form.value}")
            button.setAccessibleName(f"Read as {form.value}")
            button.setProperty("kind", "segment")
            button.clicked.connect(partial(self._on_form, form))
            self._switch.addButton(button, number)
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(quiet_button("bodyFind", "Find (Ctrl+F)", "search", self._theme, self.open_search))
        row.addWidget(quiet_button("bodyCopy", "Copy as shown", "copy", self._theme, self.copy_text))
        unwrap = quiet_button("bodyUnwrap", "Open what it is wrapped in", "unwrap", self._theme)
        unwrap.setMenu(self._unwrap_menu())
        save = quiet_button("bodySave", "Save as a file", "save", self._theme)
        save.setMenu(self._save_menu())
        row.addWidget(unwrap)
        row.addWidget(save)
        return row

    def _unwrap_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setObjectName("bodyUnwrapMenu")
        for wrap in Wrap:
            menu.addAction(wrap.value, partial(self._unwrap, wrap)).setObjectName(f"unwrap{wrap.name}")
        return menu

    def _save_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setObjectName("bodySaveMenu")
        menu.addAction("As it came…", partial(self._ask_where, inside=False)).setObjectName("saveAsItCame")
        self._save_inside = menu.addAction("What is inside the wraps…", partial(self._ask_where, inside=True))
        self._save_inside.setObjectName("saveInside")
        return menu

    def _begin(self, content: Content, form: Form) -> None:
        self._all, self._form = False, form
        self._present(content, self._made(content))

    def _present(self, content: Content, made: Shown) -> None:
        self._turn = object()
        self._content, self._dumped = content, self._columns()
        self.view.fill(made.pieces, made.form)
        for number, form in enumerate(_LABELS):
            self._switch.button(number).setChecked(form is made.form)
        self._layers.show_layers([*(wrap.value for wrap in self._wraps), self._inmost.value], self._level)
        self._save_inside.setVisible(self._level > 0)
        self._more.setVisible(not made.whole and not self._all)
        self._say(" ".join(filter(None, (content.problem, made.remark, self._extent(made)))))

    def _extent(self, made: Shown) -> str:
        if not self._body:
            return "The body is not to be had any more." if self._lost else "The body is empty."
        if made.whole or self._content.problem:
            return _FILLING if self._all and self.view.filling else ""
        if self._all:
            return f"It unpacks to more than {amount(MOST)}; the rest is not shown."
        of = "what is inside" if self._level else amount(len(self._body))
        return f"The first {amount(len(self._content.data))} of {of}."

    def _on_filled(self) -> None:
        if self._note.text() == _FILLING:
            self._say("")
        if self.view.broken:
            self._say(f"{self._note.text()} Lines of more than 2,000 characters are broken here.".strip())

    def _say(self, text: str) -> None:
        self._note.setText(text)
        self._note.setVisible(bool(text))

    def _made(self, content: Content) -> Shown:
        return shown(content, self._form, self._columns())

    def _columns(self) -> int:
        return 16 if self.view.viewport().width() >= _FOR_16 * self.view.fontMetrics().horizontalAdvance("0") else 8

    def _on_form(self, form: Form) -> None:
        self._form = form
        if self._all:
            self._show_all()
        else:
            self._present(self._content, self._made(self._content))

    def _on_layer(self, level: int) -> None:
        self._level = level
        content = opened(self._body, self._wraps[:level])
        self._begin(content, content.form)

    def _unwrap(self, wrap: Wrap) -> None:
        wraps = (*self._wraps[: self._level], wrap)
        try:
            content = opened(self._body, wraps)
        except WrapError as error:
            self._say(f"It cannot be opened: {error}.")
            return
        self._wraps, self._level, self._inmost = wraps, len(wraps), content.form
        self._begin(content, content.form)

    def _show_all(self) -> None:
        self._all = True
        turn = self._turn = object()
        if self._more.hasFocus():  # once hidden, it would leave it to what is below: to a requeue
            self.view.setFocus()
        self._more.hide()
        self._say("Opening all of it …")
        self._start(self._opened_all(turn, self._body, self._wraps[: self._level], self._form, self._columns()))

    async def _opened_all(self, turn: object, body: bytes, wraps: Sequence[Wrap], form: Form, columns: int) -> None:
        content = await asyncio.to_thread(opened, body, wraps, MOST)
        made = await asyncio.to_thread(shown, content, form, columns)
        if turn is self._turn and shiboken6.isValid(self):
            self._present(content, made)

    def _ask_where(self, *, inside: bool) -> None:
        dialog = QFileDialog(self, "Save the body" if not inside else "Save what is inside")
        dialog.setObjectName("bodySaveDialog")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.selectFile(f"body{_ENDINGS[self._content.form] if inside or not self._wraps else '.bin'}")
        dialog.fileSelected.connect(lambda path: self.save(Path(path), inside=inside))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    async def _written(self, path: Path, body: bytes, wraps: Sequence[Wrap]) -> None:
        content = await asyncio.to_thread(opened, body, wraps, max(MOST, len(body)))
        if content.whole:
            await asyncio.to_thread(path.write_bytes, content.data)
            said = f"Saved {amount(len(content.data))} to {path.name}."
        else:
            said = f"Nothing was saved: {content.problem or f'it unpacks to more than {amount(MOST)}.'}"
        if shiboken6.isValid(self):
            self._say(said)

    def _start(self, work: Coroutine[None, None, None]) -> None:
        spawn(work, "body of a letter", self._failed)

    def _failed(self, error: BaseException) -> None:
        if shiboken6.isValid(self):
            self._say(f"It could not be done: {error}")


_ENDINGS = {Form.JSON: ".json", Form.TEXT: ".txt", Form.MSGPACK: ".msgpack", Form.HEX: ".bin"}
