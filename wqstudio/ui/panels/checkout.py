"""What looking into a queue costs: said before, and while messages are held."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from wqstudio.domain.letter import LookCost
from wqstudio.ui import icons
from wqstudio.ui.names import visible
from wqstudio.ui.panels.elided import FittingLabel
from wqstudio.ui.panels.giving_text import GivingText
from wqstudio.ui.plain import PlainLabel, plain_tip
from wqstudio.ui.theme import SPACE_L, SPACE_M, SPACE_S, SPACE_XL, SPACE_XS, Theme

_WIDEST = 520
_ICON = 24
_LATE = 60.0
"""Seconds left from which on the time is called short."""


class CheckoutCard(QWidget):
    """Stands where the letters would be, until somebody agrees."""

    agreed = Signal()
    lift_wanted = Signal()
    again_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("checkoutCard")
        self._theme, self._icon = theme, "look"
        self._build()
        theme.changed.connect(self._draw)

    def show_cost(self, queue: str, cost: LookCost, *, read_only: bool, trouble: str) -> None:
        """``trouble``: why the limit could not be lifted just now."""
        refused = bool(cost.refusal)
        liftable = refused and cost.liftable and not read_only
        consequence = "could lose messages" if refused else "has a cost"
        self._say("warning" if refused else "look", f"Looking into {visible(queue)} {consequence}")
        possible = not refused or cost.liftable
        self._sentences.setText("\n".join(cost.sentences) if possible else "")
        self._left.setText("" if refused or not (left := looks_left(cost)) else left)
        why = cost.refusal
        if refused and cost.liftable and read_only:
            why += " This connection is read-only, so the limit is not lifted from here."
        self._refusal.setText(why)
        self._trouble.setText(trouble)
        self._offer(self._lift if liftable else None if refused else self._look)

    def show_end(self, queue: str, why: str, *, opened: bool) -> None:
        if opened:
            self._say("clock", f"Not looking into {visible(queue)} any more")
        else:
            self._say("warning", f"{visible(queue)} could not be opened")
        self._again.setText("Look again" if opened else "Try again")
        self._sentences.setText(why)
        for label in (self._left, self._refusal, self._trouble):
            label.setText("")
        self._offer(self._again)

    def show_busy(self, *, busy: bool) -> None:
        for button in (self._look, self._lift, self._again):
            button.setEnabled(not busy)

    def _build(self) -> None:
        self._picture, self._title = QLabel(), PlainLabel(wordWrap=True)
        self._title.setObjectName("checkoutTitle")
        self._title.setProperty("kind", "heading")
        self._sentences = PlainLabel(wordWrap=True)
        self._sentences.setObjectName("checkoutSentences")
        self._sentences.setProperty("kind", "muted")
        self._left, self._refusal, self._trouble = (PlainLabel(wordWrap=True) for _ in range(3))
        for label, name, kind in (
            (self._left, "checkoutLeft", ""),
            (self._refusal, "checkoutRefusal", "warning"),
            (self._trouble, "checkoutTrouble", "error"),
        ):
            label.setObjectName(name)
            label.setProperty("kind", kind)
        self._refusal.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)  # it may name a command
        self._look = _button("Look", "checkoutLook", self.agreed)
        self._lift = _button("Lift the limit and look", "checkoutLift", self.lift_wanted)
        self._lift.setToolTip("By a policy for this queue alone, which is taken away when the look is closed")
        self._again = _button("Look again", "checkoutAgain", self.again_wanted)
        head = QHBoxLayout()
        head.setSpacing(SPACE_M)
        head.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self._title, 1)
        buttons = QHBoxLayout()
        for button in (self._look, self._lift, self._again):
            buttons.addWidget(button)
        buttons.addStretch(1)
        frame = QFrame()
        frame.setProperty("kind", "card")
        frame.setMaximumWidth(_WIDEST)
        card = QVBoxLayout(frame)
        card.setContentsMargins(SPACE_XL, SPACE_L, SPACE_XL, SPACE_L)
        card.setSpacing(SPACE_M)
        card.addLayout(head)
        paragraphs = (self._refusal, self._sentences, self._left, self._trouble)
        self._text = GivingText("checkoutText", "What looking costs", paragraphs, SPACE_M)
        card.addWidget(self._text)
        card.addLayout(buttons)
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addWidget(frame, 100)
        middle.addStretch(1)
        layout = QVBoxLayout(self)
        layout.addStretch(2)
        layout.addLayout(middle)
        layout.addStretch(3)

    def _say(self, icon: str, title: str) -> None:
        self._icon = icon
        self._title.setText(title)
        self._draw()

    def _offer(self, wanted: QPushButton | None) -> None:
        for button in (self._look, self._lift, self._again):
            button.setVisible(button is wanted)
        for label in (self._sentences, self._left, self._refusal, self._trouble):
            label.setVisible(bool(label.text()))
        self._text.fit()

    def _draw(self) -> None:
        tones = self._theme.tones
        color = tones.warning if self._icon == "warning" else tones.muted
        self._picture.setPixmap(icons.pixmap(self._icon, color, _ICON, self.devicePixelRatioF()))


class HeldBanner(QFrame):
    """What is kept from others at the moment, and for how long."""

    give_back_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("heldBanner")
        self.setProperty("kind", "strip")
        self._text = FittingLabel()
        self._text.setObjectName("heldText")
        self._back = QPushButton("Give back")
        self._back.setObjectName("heldGiveBack")
        self._back.setToolTip("Close the look: the messages are there for everybody again")
        self._back.clicked.connect(self.give_back_wanted)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(SPACE_M, SPACE_XS, SPACE_XS, SPACE_XS)
        layout.setSpacing(SPACE_S)
        layout.addWidget(self._text, 1)
        layout.addWidget(self._back)
        self.hide()

    def show_held(self, held: int, cost: LookCost, left: float | None) -> None:
        """Where there is no room for all of it, what runs out is said at least."""
        if not held:
            self._text.say("None held yet")
            self._text.setToolTip("")
            return
        back, looks = "" if left is None else f", given back in {_clock(left)}", looks_left(cost)
        shortly = f"{held:,} held" if left is None else f"{held:,} held, {_clock(left)} left"
        ways = [
            _line(f"{held:,} held{back}", looks, "hidden from other consumers"),
            _line(shortly, looks, "hidden from others"),
            _line(shortly, looks),
            shortly,
        ]
        self._text.say(*ways)
        self._text.setToolTip(plain_tip(ways[0]))
        self._mark(late=left is not None and left < _LATE)

    def _mark(self, *, late: bool) -> None:
        kind = "warning" if late else ""
        if self._text.property("kind") != kind:
            self._text.setProperty("kind", kind)
            self._text.style().polish(self._text)


def looks_left(cost: LookCost) -> str:
    """Of a limit that looking uses up; empty: there is none, or it shows only in a look."""
    if cost.looks_left is None:
        return ""
    return (
        f"{cost.looks_left} of {cost.looks} looks left" if cost.looks is not None else f"{cost.looks_left} looks left"
    )


def _line(*parts: str) -> str:
    return "  ·  ".join(filter(None, parts))


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02}"


def _button(text: str, name: str, signal: object) -> QPushButton:
    button = QPushButton(text)
    button.setObjectName(name)
    button.setProperty("kind", "primary")
    button.clicked.connect(signal)
    return button
