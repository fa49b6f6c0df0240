"""What a person sees before anything is connected: three ways to begin, and what was used before."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from wqstudio.domain.connection import Connection
from wqstudio.ui.icons import app_icon, bind_icon, pixmap
from wqstudio.ui.theme import SPACE_L, SPACE_M, SPACE_S, SPACE_XL, SPACE_XS, Theme

_WIDTH = 880
_CHOICE_HEIGHT = 196
_MARK = 32
_LOGO = 72


@dataclass(frozen=True, slots=True)
class _Offer:
    name: str
    title: str
    text: str
    icon: str
    foot: str


_DEMO = _Offer(
    "startDemo",
    "Play the demo",
    "Starts a broker on this machine, fills a job queue and sets three workers of different speed on it.",
    "demo",
    "Nothing to set up",
)
_NATS = _Offer(
    "startNats",
    "Connect to NATS",
    "Watch the JetStream streams and consumers of a server you run, and put load on them.",
    "nats",
    "Ctrl+N",
)
_RABBIT = _Offer(
    "startRabbit",
    "Connect to RabbitMQ",
    "Queues, channels and dead letters of a RabbitMQ broker.",
    "rabbit",
    "Comes with a later version",
)


class _Choice(QPushButton):
    """A large button with words of its own inside."""

    def __init__(self, offer: _Offer, theme: Theme) -> None:
        super().__init__()
        self._offer, self._theme = offer, theme
        self.setObjectName(offer.name)
        self.setAccessibleName(offer.title)
        self.setAccessibleDescription(f"{offer.text} {offer.foot}")
        self.setProperty("kind", "choice")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFixedHeight(_CHOICE_HEIGHT)
        self._mark = QLabel()
        self._lay_out()
        theme.changed.connect(self._wear)
        self._wear()

    def sizeHint(self) -> QSize:
        return QSize(_WIDTH // 3, _CHOICE_HEIGHT)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.EnabledChange:
            self._wear()

    def _lay_out(self) -> None:
        title, text, foot = QLabel(self._offer.title), QLabel(self._offer.text), QLabel(self._offer.foot)
        title.setProperty("kind", "heading")
        text.setWordWrap(True)
        text.setAlignment(Qt.AlignmentFlag.AlignTop)
        for label in (text, foot):
            label.setProperty("kind", "muted")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_L, SPACE_L, SPACE_L, SPACE_M)
        layout.setSpacing(SPACE_S)
        for label in (self._mark, title, text):
            layout.addWidget(label)
        layout.addStretch(1)
        layout.addWidget(foot)
        for label in (self._mark, title, text, foot):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def _wear(self) -> None:
        color = self._theme.tones.accent if self.isEnabled() else self._theme.tones.muted
        self._mark.setPixmap(pixmap(self._offer.icon, color, _MARK, self.devicePixelRatioF()))


class StartPage(QScrollArea):
    demo_wanted = Signal()
    local_wanted = Signal()
    connect_wanted = Signal()
    recent_wanted = Signal(object)
    """The connection."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("startPage")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._theme = theme
        self._build_choices()
        self._build_progress()
        self._recent = QVBoxLayout()
        self._recent.setSpacing(SPACE_XS)
        self._lay_out()

    def show_recent(self, connections: Sequence[Connection]) -> None:
        while (item := self._recent.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        if not connections:
            return
        heading = QLabel("Used recently")
        heading.setProperty("kind", "section")
        self._recent.addWidget(heading)
        for connection in connections:
            self._recent.addWidget(self._recent_button(connection))

    def show_progress(self, text: str) -> None:
        """Say what is going on, and offer nothing meanwhile; an empty text ends it."""
        self._doing.setText(text)
        self._progress.setVisible(bool(text))
        for choice in (self._demo, self._nats, self._local):
            choice.setEnabled(not text)

    def _build_choices(self) -> None:
        self._demo, self._nats, rabbit = (_Choice(offer, self._theme) for offer in (_DEMO, _NATS, _RABBIT))
        rabbit.setEnabled(False)
        rabbit.setCursor(Qt.CursorShape.ArrowCursor)
        self._demo.clicked.connect(self.demo_wanted)
        self._nats.clicked.connect(self.connect_wanted)
        self._local = self._build_local()
        self._choices = QGridLayout()
        self._choices.setHorizontalSpacing(SPACE_L)
        self._choices.setVerticalSpacing(SPACE_S)
        for column, choice in enumerate((self._demo, self._nats, rabbit)):
            self._choices.addWidget(choice, 0, column)
            self._choices.setColumnStretch(column, 1)
        self._choices.addWidget(self._local, 1, 0, Qt.AlignmentFlag.AlignLeft)

    def _build_local(self) -> QPushButton:
        local = QPushButton("Or open a local server that keeps its data")
        local.setObjectName("startLocal")
        local.setAccessibleName("Open a local NATS server whose data is kept")
        local.setToolTip("Starts a NATS server on this machine. What is stored in it is there again the next time.")
        local.setProperty("kind", "quiet")
        local.setCursor(Qt.CursorShape.PointingHandCursor)
        bind_icon(local, "plug", self._theme, "muted")
        local.clicked.connect(self.local_wanted)
        return local

    def _build_progress(self) -> None:
        self._doing = QLabel()
        self._doing.setObjectName("startProgress")
        self._doing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        bar = QProgressBar()
        bar.setAccessibleName("Under way")
        bar.setRange(0, 0)
        bar.setTextVisible(False)
        self._progress = QWidget()
        layout = QVBoxLayout(self._progress)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_S)
        layout.addWidget(bar)
        layout.addWidget(self._doing)
        self._progress.hide()

    def _lay_out(self) -> None:
        column = QVBoxLayout()
        column.setSpacing(SPACE_XL)
        column.addStretch(2)
        column.addLayout(self._greeting())
        column.addLayout(self._choices)
        column.addWidget(self._progress)
        column.addLayout(self._recent)
        column.addStretch(3)
        middle = QWidget()
        middle.setMaximumWidth(_WIDTH)
        middle.setLayout(column)
        around = QHBoxLayout()
        around.setContentsMargins(SPACE_XL, SPACE_XL, SPACE_XL, SPACE_XL)
        around.addStretch(1)
        around.addWidget(middle, 100)
        around.addStretch(1)
        page = QWidget()
        page.setLayout(around)
        self.setWidget(page)

    def _greeting(self) -> QHBoxLayout:
        logo = QLabel()
        logo.setPixmap(app_icon().pixmap(QSize(_LOGO, _LOGO), self.devicePixelRatioF()))
        logo.setAccessibleName("wqstudio")
        title = QLabel("wqstudio")
        title.setProperty("kind", "title")
        lead = QLabel("See what your work queues are doing, while they do it.")
        lead.setProperty("kind", "lead")
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addStretch(1)
        words.addWidget(title)
        words.addWidget(lead)
        words.addStretch(1)
        row = QHBoxLayout()
        row.setSpacing(SPACE_L)
        row.addWidget(logo)
        row.addLayout(words, 1)
        return row

    def _recent_button(self, connection: Connection) -> QPushButton:
        address = ", ".join(connection.urls)
        words = f"{connection.name}   {address}" if connection.name else address
        button = QPushButton(f"{words}   read-only" if connection.read_only else words)
        button.setAccessibleName(f"Connect again to {words}")
        button.setObjectName(f"recent {address}")
        button.setProperty("kind", "recent")
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        bind_icon(button, "clock", self._theme, "muted")
        button.clicked.connect(lambda: self.recent_wanted.emit(connection))
        return button
