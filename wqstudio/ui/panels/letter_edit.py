"""Where a dead letter is changed before it goes back to work, with what differs beside it."""

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QHBoxLayout,
    QPushButton,
    QSplitter,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from wqstudio.domain.letter import Edit, Letter
from wqstudio.engine.letters.bodies import Form
from wqstudio.engine.letters.body_editing import body_of, draft, fault, insistible
from wqstudio.engine.letters.body_text import BodyError
from wqstudio.ui.models.letter_diff import header_diff, text_diff
from wqstudio.ui.names import visible
from wqstudio.ui.panels.code_view import CodeView
from wqstudio.ui.panels.diff_view import DiffView
from wqstudio.ui.panels.header_editor import HeaderEditor
from wqstudio.ui.plain import PlainLabel
from wqstudio.ui.theme import SPACE_L, SPACE_M, SPACE_S, Theme
from wqstudio.ui.window_actions import pressed

_NARROW = 720
"""Pixels below which what differs stands under what is edited."""
_PAUSE = 150
"""Milliseconds without a key until it is looked at again."""

_WANTED = QSize(960, 640)
_FRAME = QSize(16, 48)
"""Of a desktop's window, at most: a laptop at 200 % has 960 × 540, and what answers stands at the lower edge."""


class LetterEdit(QDialog):
    """Sends nothing by itself. Once something is ``edited`` it stays, out of sight, until it is told what came of that:
    ``accept`` or ``resume``.
    """

    edited = Signal(Edit)
    """What is to be sent instead of the letter."""

    def __init__(self, letter: Letter, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("letterEditDialog")
        self.setWindowTitle("Edit and requeue")
        self._letter, self._theme = letter, theme
        self._draft = draft(letter.body)
        self._discarding = False
        self._pause = QTimer(self, interval=_PAUSE, singleShot=True)
        self._pause.timeout.connect(self._look)
        self._build()
        self._look()
        self.resize(_WANTED.boundedTo(self.screen().availableSize() - _FRAME))

    def edit(self) -> Edit:
        """What is to be sent. Raises BodyError where the text is no body."""
        body = body_of(self._draft, self._body.text) if self._body_changed else None
        headers = self._headers.model
        return Edit(body, headers.headers if headers.changed else None)

    def minimumSizeHint(self) -> QSize:
        return QSize(380, 420)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = event.size().width() < _NARROW
        self._halves.setOrientation(Qt.Orientation.Vertical if narrow else Qt.Orientation.Horizontal)

    def reject(self) -> None:
        """The first time it only warns, where work would be lost."""
        if self._changed and not self._discarding:
            self._discarding = True
            self._cancel.setText("Discard the changes")
            self._cancel.setFocus()
            return
        super().reject()

    def resume(self) -> None:
        """As it was left."""
        self.open()
        self._tabs.currentWidget().setFocus()

    @property
    def _body_changed(self) -> bool:
        return not self._draft.refusal and self._body.text != self._draft.text

    @property
    def _changed(self) -> bool:
        return self._body_changed or self._headers.model.changed

    def _build(self) -> None:
        self._headers = HeaderEditor(self._letter, self._theme)
        self._headers.changed.connect(self._look)
        self._tabs = QTabWidget()
        self._tabs.setObjectName("editTabs")
        self._tabs.setAccessibleName("What can be edited")
        self._tabs.addTab(self._body_page(), "Body")
        self._tabs.addTab(self._headers, "Headers")
        self._diff = DiffView(self._theme)
        self._halves = QSplitter()
        self._halves.setChildrenCollapsible(False)
        self._halves.addWidget(self._tabs)
        self._halves.addWidget(_titled("Changes", self._diff))
        self._halves.setSizes([560, 400])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_L, SPACE_L, SPACE_L, SPACE_L)
        layout.setSpacing(SPACE_M)
        layout.addWidget(_label("editWay", "muted", self._way()))
        layout.addWidget(self._halves, 1)
        layout.addWidget(_label("editFate", "", _fate(self._letter)))
        layout.addLayout(self._foot())

    def _body_page(self) -> QWidget:
        page = QWidget()
        self._body = CodeView(self._theme, "editBody", "Body of the copy")
        self._body.edit(self._draft.text, Form.TEXT if self._draft.form is Form.HEX else self._draft.form)
        self._body.setReadOnly(bool(self._draft.refusal))
        self._body.setPlaceholderText(self._draft.refusal or "An empty body")
        self._body.textChanged.connect(self._pause.start)
        self._fault = _label("editFault", "error", "")
        self._insist = QCheckBox("Send it as it stands")
        self._insist.setObjectName("editInsist")
        self._insist.setAccessibleName("Send the body as it stands, although it is not JSON")
        self._insist.toggled.connect(self._look)
        remark = _label("editRemark", "muted", self._draft.remark)
        remark.setVisible(bool(self._draft.remark))
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, SPACE_S, 0, 0)
        layout.setSpacing(SPACE_S)
        layout.addWidget(remark)
        layout.addWidget(self._body, 1)
        layout.addWidget(self._fault)
        layout.addWidget(self._insist)
        return page

    def _foot(self) -> QHBoxLayout:
        self._why = _label("editWhy", "muted", "")
        self._cancel, self._send = QPushButton("Cancel"), QPushButton("Requeue edited copy…")
        self._cancel.setObjectName("editCancel")
        self._cancel.setAutoDefault(False)
        self._cancel.clicked.connect(self.reject)
        self._send.setObjectName("editSend")
        self._send.setProperty("kind", "primary")
        self._send.setAutoDefault(False)
        self._send.setToolTip("Ctrl+Return")
        self._send.clicked.connect(self._on_send)
        sends = QShortcut(self)
        sends.setKeys(pressed("Ctrl+Return"))
        sends.setAutoRepeat(False)
        sends.activated.connect(self._on_send_keys)
        row = QHBoxLayout()
        row.setSpacing(SPACE_S)
        row.addWidget(self._why, 1)
        row.addWidget(self._cancel)
        row.addWidget(self._send)
        return row

    def _way(self) -> str:
        letter = self._letter
        came = f"{visible(letter.came_from)} → " if letter.came_from not in {"", letter.queue} else ""
        return f"{came}{visible(letter.queue)}{f'  ·  {visible(letter.reason)}' if letter.reason else ''}"

    def _look(self) -> None:
        """At what was changed, and whether it can be sent."""
        self._pause.stop()
        self._discarding = False
        self._cancel.setText("Cancel")
        wrong = self._wrong()
        may_insist = bool(wrong) and insistible(self._draft)
        self._fault.setText(wrong)
        self._fault.setVisible(bool(wrong))
        self._insist.setVisible(may_insist)
        why = self._hindrance(wrong, insisted=may_insist and self._insist.isChecked())
        self._why.setText(why)
        self._send.setEnabled(not why)
        changes = text_diff(self._draft.text, self._body.text) if self._body_changed else []
        headers = header_diff(self._letter.headers, self._headers.model.headers)
        self._tabs.setTabText(1, "Headers •" if headers else "Headers")
        self._tabs.setTabText(0, "Body •" if changes else "Body")
        self._diff.show_diff([("Headers", headers), ("Body", changes)])

    def _wrong(self) -> str:
        """About the body: what nobody changed is sent as it came."""
        if not self._body_changed:
            return ""
        told = fault(self._draft, self._body.text)
        if told:
            return told
        try:
            self.edit()
        except (BodyError, UnicodeEncodeError) as error:
            return str(error)
        return ""

    def _hindrance(self, wrong: str, *, insisted: bool) -> str:
        if wrong and not insisted:
            return "The body has a fault."
        if self._headers.model.fault:
            return self._headers.model.fault
        if self._letter.problem and not self._letter.lost:
            return "It cannot be requeued now."
        if self._letter.problem and not self._body_changed:
            return "It needs a body."
        return "" if self._changed else "Nothing is changed yet."

    def _on_send_keys(self) -> None:
        if self._headers.isAncestorOf(self.focusWidget()):
            self._headers.table.setFocus()  # a cell that is being written in says so once the keyboard has left it
        self._on_send()

    def _on_send(self) -> None:
        self._look()
        if self._send.isEnabled():
            self.hide()
            self.edited.emit(self.edit())


def _fate(letter: Letter) -> str:
    """What becomes of the two."""
    if letter.problem and not letter.lost:
        return f"{letter.problem} An edited copy would not go in its stead, but beside it."
    if letter.problem:
        return f"{letter.problem} What is written here is sent instead; the dead letter goes once that is confirmed."
    queue = visible(letter.queue)
    places = f"{visible(letter.pointed_in)}, and its pointer from {queue}" if letter.pointed_in else queue
    return (
        f"There is one copy only, ever: once the broker has confirmed the edited one, the original is removed from "
        f"{places}."
    )


def _titled(title: str, content: QWidget) -> QWidget:
    side = QWidget()
    heading = _label("editChanges", "section", title)
    layout = QVBoxLayout(side)
    layout.setContentsMargins(SPACE_S, SPACE_S, 0, 0)
    layout.setSpacing(SPACE_S)
    layout.addWidget(heading)
    layout.addWidget(content, 1)
    return side


def _label(name: str, kind: str, text: str) -> PlainLabel:
    label = PlainLabel(text, wordWrap=True)
    label.setObjectName(name)
    label.setProperty("kind", kind)
    return label
