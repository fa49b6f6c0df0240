"""The producers of the fleet and a way to add one."""

from collections.abc import Container, Iterable
from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from wqstudio.domain.commands import StartProducer
from wqstudio.domain.reading import Reading, Unknown
from wqstudio.domain.worker import ProducerSpec, ProducerState
from wqstudio.ui.icons import bind_icon
from wqstudio.ui.panels.fleet_actions import FleetActions
from wqstudio.ui.panels.producer_card import ProducerCard
from wqstudio.ui.panels.producer_form import ProducerForm
from wqstudio.ui.plain import PlainLabel, plain_tip
from wqstudio.ui.theme import SPACE_S, SPACE_XS, Theme

_HEIGHT = 230


class ProducersSection(QWidget):
    def __init__(self, actions: FleetActions, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("producersSection")
        self._actions, self._theme = actions, theme
        self._cards: dict[int, ProducerCard] = {}
        self._target: Reading[str] = Unknown("")
        self._form = ProducerForm(self)
        self._form.accepted.connect(lambda spec: actions.run(StartProducer(spec)))
        title = PlainLabel("Producers")
        title.setProperty("kind", "section")
        self._add = QPushButton("Add")
        self._add.setObjectName("addProducer")
        self._add.setAccessibleName("Add a producer")
        self._add.setProperty("kind", "quiet")
        bind_icon(self._add, "plus", theme)
        self._add.clicked.connect(self._on_add)
        self._why_not = PlainLabel(wordWrap=True)
        self._why_not.setObjectName("producersWhyNot")
        self._why_not.setProperty("kind", "muted")
        head = QHBoxLayout()
        head.addWidget(title, 1)
        head.addWidget(self._add)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_XS)
        layout.addLayout(head)
        layout.addWidget(self._why_not)
        layout.addWidget(self._scroll_area())

    def set_target(self, target: Reading[str]) -> None:
        """The queue where a new producer's messages shall end up; unknown: none can be added, and why."""
        self._target = target
        reason = target.reason if isinstance(target, Unknown) else ""
        self._add.setEnabled(not reason)
        self._add.setToolTip(plain_tip(reason or f"Publish into {target}"))
        self._why_not.setText(reason)
        self._why_not.setVisible(bool(reason))

    def keep(self, producers: Container[int]) -> None:
        """Remove the cards of all others, which the fleet has forgotten."""
        for producer in [each for each in self._cards if each not in producers]:
            card = self._cards.pop(producer)
            self._list.removeWidget(card)
            card.hide()
            card.deleteLater()
        self._fit()

    def apply(self, states: Iterable[ProducerState]) -> None:
        for state in states:
            if state.id not in self._cards:
                self._cards[state.id] = card = ProducerCard(state.id, self._actions, self._theme)
                card.removed.connect(self._on_removed)
                self._list.insertWidget(self._list.count() - 1, card)
            self._cards[state.id].show_state(state)
        self._fit()

    def _scroll_area(self) -> QScrollArea:
        content = QWidget()
        self._list = QVBoxLayout(content)
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(SPACE_S)
        self._list.addStretch(1)
        self._scroll = QScrollArea(widgetResizable=True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # what takes the keyboard is inside
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(content)
        self._scroll.setMaximumHeight(0)
        return self._scroll

    def _fit(self) -> None:
        """As high as its cards, up to a bound; from there on it scrolls."""
        height = sum(card.sizeHint().height() + SPACE_S for card in self._cards.values())
        self._scroll.setFixedHeight(min(_HEIGHT, height))

    def _on_removed(self) -> None:
        self.keep(self._actions.fleet.producers)

    def _on_add(self) -> None:
        if isinstance(self._target, Unknown):
            return
        self._form.offer(self._offered(self._target))
        self._form.open_below(self._add)

    def _offered(self, queue: str) -> ProducerSpec:
        """Like the latest producer into the same queue; else the route is left to the user."""
        producers = self._actions.fleet.producers
        alike = [state.spec for state in producers.values() if state.spec.queue == queue]
        number = max(producers, default=0) + 1
        if not alike:
            return ProducerSpec(name=f"producer-{number}", queue=queue, route="", seed=number)
        return replace(alike[-1], name=f"producer-{number}", count=None, seed=number)
