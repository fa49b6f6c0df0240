"""What a person sees before anything is connected: three ways to begin, and what was used before."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from wqstudio.domain.connection import Connection, Product
from wqstudio.ui.icons import app_icon, bind_icon, pixmap
from wqstudio.ui.plain import PlainLabel, plain_tip
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
    "Watch the queues, consumers and dead letters of a broker you run, and put load on them.",
    "rabbit",
    "Ctrl+Shift+N",
)
_DEMO_RABBIT = _Offer(
    "startDemoRabbit",
    "Or play it on RabbitMQ",
    "Starts a RabbitMQ node on this machine and plays the demo there. Nothing is kept.",
    "demo",
    "Play the demo on a local RabbitMQ node",
)
_LOCAL_NATS = _Offer(
    "startLocal",
    "Or start a local one, data kept",
    "Starts a NATS server on this machine. What is stored in it is there again the next time.",
    "plug",
    "Open a local NATS server whose data is kept",
)
_GALLERY = _Offer(
    "startGallery",
    "Explore scenarios",
    "Every pattern of work queues, each with a picture, played on a broker on this machine and measured.",
    "scenarios",
    "Explore scenarios on a local broker",
)
_FAIR = _Offer(
    "startFair",
    "Compare round-robin with fair dispatch",
    "Plays the same tasks twice on a broker on this machine, and shows both timelines on one axis.",
    "order",
    "Compare round-robin with fair dispatch on a local broker",
)
_LOCAL_RABBIT = _Offer(
    "startLocalRabbit",
    "Or start a local one, data kept",
    "Starts a RabbitMQ node on this machine. What is stored in it is there again the next time.",
    "plug",
    "Open a local RabbitMQ node whose data is kept",
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
        self._mark = PlainLabel()
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
        title, text, foot = PlainLabel(self._offer.title), PlainLabel(self._offer.text), PlainLabel(self._offer.foot)
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
    demo_wanted = Signal(object)
    local_wanted = Signal(object)
    gallery_wanted = Signal()
    fair_wanted = Signal()
    connect_wanted = Signal(object)
    """Each with the Product."""
    recent_wanted = Signal(object)
    """The connection."""

    def __init__(self, theme: Theme, rabbit_missing: str = "") -> None:
        """``rabbit_missing``: why no RabbitMQ can be started on this computer, and the remedy."""
        super().__init__()
        self.setObjectName("startPage")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._theme = theme
        self._build_choices(rabbit_missing)
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
        heading = PlainLabel("Used recently")
        heading.setProperty("kind", "section")
        self._recent.addWidget(heading)
        for connection in connections:
            self._recent.addWidget(self._recent_button(connection))

    def show_progress(self, text: str) -> None:
        """Say what is going on, and offer nothing meanwhile; an empty text ends it."""
        self._doing.setText(text)
        self._progress.setVisible(bool(text))
        for button in self._offered:
            button.setEnabled(not text)

    def _build_choices(self, rabbit_missing: str) -> None:
        nats, rabbit = Product.NATS, Product.RABBITMQ
        demo, to_nats, to_rabbit = (_Choice(offer, self._theme) for offer in (_DEMO, _NATS, _RABBIT))
        demo.clicked.connect(lambda: self.demo_wanted.emit(nats))
        to_nats.clicked.connect(lambda: self.connect_wanted.emit(nats))
        to_rabbit.clicked.connect(lambda: self.connect_wanted.emit(rabbit))
        links = {1: self._link(_LOCAL_NATS, lambda: self.local_wanted.emit(nats))}
        if not rabbit_missing:
            links[0] = self._link(_DEMO_RABBIT, lambda: self.demo_wanted.emit(rabbit))
            links[2] = self._link(_LOCAL_RABBIT, lambda: self.local_wanted.emit(rabbit))
        gallery = self._link(_GALLERY, self.gallery_wanted.emit)
        fair = self._link(_FAIR, self.fair_wanted.emit)
        self._offered: tuple[QPushButton, ...] = (demo, to_nats, to_rabbit, *links.values(), gallery, fair)
        self._choices = QGridLayout()
        self._choices.setHorizontalSpacing(SPACE_L)
        self._choices.setVerticalSpacing(SPACE_S)
        for column, choice in enumerate((demo, to_nats, to_rabbit)):
            self._choices.addWidget(choice, 0, column)
            self._choices.setColumnStretch(column, 1)
        beginning = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop
        for column, link in links.items():
            self._choices.addWidget(link, 1, column, beginning)
        row = 2 if 0 in links else 1
        self._choices.addWidget(gallery, row, 0, beginning)
        self._choices.addWidget(fair, 2, 1 if 0 in links else 0, 1, 2, beginning)
        if rabbit_missing:
            self._choices.addWidget(_explanation(rabbit_missing), 1, 2, Qt.AlignmentFlag.AlignTop)

    def _link(self, offer: _Offer, run: Callable[[], None]) -> QPushButton:
        """A quiet one below the choices."""
        link = QPushButton(offer.title)
        link.setObjectName(offer.name)
        link.setAccessibleName(offer.foot)
        link.setToolTip(plain_tip(offer.text))
        link.setProperty("kind", "quiet")
        link.setCursor(Qt.CursorShape.PointingHandCursor)
        bind_icon(link, offer.icon, self._theme, "muted")
        link.clicked.connect(run)
        return link

    def _build_progress(self) -> None:
        self._doing = PlainLabel()
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
        logo = PlainLabel()
        logo.setPixmap(app_icon().pixmap(QSize(_LOGO, _LOGO), self.devicePixelRatioF()))
        logo.setAccessibleName("wqstudio")
        title = PlainLabel("wqstudio")
        title.setProperty("kind", "title")
        lead = PlainLabel("See what your work queues are doing, while they do it.")
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
        words = "   ".join(filter(None, (connection.name, address, connection.place)))
        shown = words.replace("&", "&&")  # one alone would underline what follows
        button = QPushButton(f"{shown}   read-only" if connection.read_only else shown)
        button.setAccessibleName(f"Connect again to {words}")
        button.setObjectName(f"recent {address}")
        button.setProperty("kind", "recent")
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        bind_icon(button, "clock", self._theme, "muted")
        button.clicked.connect(lambda: self.recent_wanted.emit(connection))
        return button


def _explanation(text: str) -> PlainLabel:
    label = PlainLabel(text, wordWrap=True)
    label.setObjectName("rabbitMissing")
    label.setProperty("kind", "muted")
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
