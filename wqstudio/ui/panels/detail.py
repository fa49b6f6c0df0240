"""All that is known of what the window is looking at: headline figures, then every setting."""

import time
from collections.abc import Callable, Sequence
from html import escape
from typing import TypeAlias
from urllib.parse import quote, unquote

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from wqstudio.domain.queue import ConsumerState, QueueState, SettingGroup
from wqstudio.domain.reading import Unknown
from wqstudio.domain.snapshot import Snapshot
from wqstudio.engine.monitor import Beat
from wqstudio.engine.studio import Studio
from wqstudio.ui.icons import bind_icon
from wqstudio.ui.models.dead_links import DeadLink
from wqstudio.ui.models.gaps import gap
from wqstudio.ui.models.headline import Figure, find, of_broker, of_consumer, of_queue, stuck_in, stuck_sentence
from wqstudio.ui.names import visible
from wqstudio.ui.panels.empty_state import SAID_ABOVE, EmptyState
from wqstudio.ui.panels.figures import Figures
from wqstudio.ui.panels.painting import legible
from wqstudio.ui.panels.settings_list import SettingsList
from wqstudio.ui.plain import PlainLabel
from wqstudio.ui.scope import Scope
from wqstudio.ui.theme import SPACE_L, SPACE_M, SPACE_S, SPACE_XL, Concept, Theme

_BY_KEYBOARD = Qt.TextInteractionFlag.LinksAccessibleByKeyboard
_MOST_NAMED = 8


Links: TypeAlias = Callable[[Scope], Sequence[DeadLink]]
"""Tells where dead letters go from a queue, and whence they come."""


class DetailPanel(QWidget):
    """Follows the monitor until ``detach``; figures change in place."""

    queue_wanted = Signal(str)

    def __init__(self, studio: Studio, theme: Theme, links: Links, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("detailPanel")
        self._studio, self._theme, self._links_of = studio, theme, links
        self._words = studio.broker.words
        self._scope = Scope()
        self._shown: Scope | None = None
        """What the figures are of."""
        self._failure: Unknown | None = None
        self._build()
        self._unsubscribe = studio.monitor.subscribe(self._on_beat)
        self._refresh()

    def show_scope(self, scope: Scope) -> None:
        if scope != self._scope:
            self._scope = scope
            self._scroll.verticalScrollBar().setValue(0)
            self._refresh()

    def detach(self) -> None:
        self._unsubscribe()

    def _build(self) -> None:
        self._title = PlainLabel(wordWrap=True)
        self._title.setObjectName("detailTitle")
        self._title.setProperty("kind", "heading")
        self._title.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._kind = PlainLabel(wordWrap=True)
        self._kind.setProperty("kind", "muted")
        self._notice = _said("detailNotice", "warning")
        self._stuck = _said("detailStuck", "warning")
        self._unknown = _said("detailUnknown", "muted")
        self._links = _said("detailLinks", "muted")
        self._links.setTextFormat(Qt.TextFormat.RichText)
        self._links.setTextInteractionFlags(Qt.TextInteractionFlag.LinksAccessibleByMouse | _BY_KEYBOARD)
        self._links.setAccessibleName("Dead letters")
        self._links.linkActivated.connect(lambda link: self.queue_wanted.emit(unquote(link)))
        self._figures = Figures(self._theme)
        self._settings = SettingsList()
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(SPACE_L, SPACE_M, SPACE_L, SPACE_L)
        layout.setSpacing(SPACE_S)
        layout.addLayout(self._head())
        layout.addWidget(self._notice)
        layout.addSpacing(SPACE_S)
        layout.addWidget(self._figures)
        layout.addWidget(self._links)
        layout.addWidget(self._stuck)
        layout.addWidget(self._unknown)
        layout.addSpacing(SPACE_XL - SPACE_S)
        layout.addWidget(self._settings)
        layout.addStretch(1)
        self._scroll = QScrollArea(widgetResizable=True)
        self._scroll.setObjectName("detailScroll")
        self._scroll.setAccessibleName("Detail")
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(page)
        self.empty = EmptyState(self._theme)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._scroll)
        self._pages.addWidget(self.empty)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._pages)

    def _head(self) -> QHBoxLayout:
        names = QVBoxLayout()
        names.setSpacing(0)
        names.addWidget(self._title)
        names.addWidget(self._kind)
        copy = QToolButton()
        copy.setToolTip("Copy all of this as text")
        copy.setObjectName("detailCopy")
        copy.setAccessibleName("Copy all of this as text")
        copy.setProperty("kind", "quiet")
        bind_icon(copy, "copy", self._theme, "muted")
        copy.clicked.connect(self._copy_all)
        head = QHBoxLayout()
        head.addLayout(names, 1)
        head.addWidget(copy, 0, Qt.AlignmentFlag.AlignTop)
        return head

    def _on_beat(self, beat: Beat) -> None:
        self._failure = beat.failure
        self._refresh()

    def _refresh(self) -> None:
        snapshot = self._studio.monitor.snapshot
        if snapshot is None:
            reason = self._failure.reason if self._failure else "The first figures come with the first poll."
            self._say("detail", "Nothing is known yet", reason)
        elif isinstance(snapshot.queues, Unknown):
            self._say("warning", f"The {self._words.queues} could not be listed", SAID_ABOVE)
        elif self._scope.whole_broker:
            self._show_broker(snapshot)
        else:
            self._show_thing(snapshot)

    def _show_broker(self, snapshot: Snapshot) -> None:
        figures = of_broker(snapshot, self._studio.monitor.history, self._words)
        hint = f"The whole broker. Choose a {self._words.queue} or a {self._words.consumer} to see it alone."
        self._show(snapshot.server, hint, figures, "", ())

    def _show_thing(self, snapshot: Snapshot) -> None:
        scope, now = self._scope, snapshot.at if self._failure is None else time.time()
        thing = find(snapshot, scope)
        groups = self._studio.broker.describe(scope.queue, scope.consumer)
        match thing:
            case None:
                gone = f"{scope.consumer} of {scope.queue}" if scope.consumer else scope.queue
                self._say("detail", f"{gone} is not there", "It was not in the last poll. It may have been deleted.")
            case QueueState():
                figures = of_queue(thing, self._studio.monitor.history, self._words, now)
                made = ", made by the studio" if thing.owned else ""
                self._show(thing.name, thing.kind + made, figures, stuck_sentence(thing.stuck, self._words), groups)
            case ConsumerState():
                kind = f"{self._words.consumer} of {thing.queue}"
                stuck = stuck_in(snapshot, thing.queue)
                sentence = stuck_sentence(stuck, self._words, thing.queue)
                self._show(thing.name, kind, of_consumer(thing, stuck, self._words, now), sentence, groups)

    def _show(
        self, title: str, kind: str, figures: Sequence[Figure], stuck: str, groups: Sequence[SettingGroup]
    ) -> None:
        self._title.setText(visible(title))
        self._kind.setText(kind)
        if self._failure is None or self._shown != self._scope:  # rates have no value since polls fail
            self._shown = self._scope
            self._figures.show_figures(figures)
        self._figures.show_stale(stale=self._failure is not None)
        self._settings.show_groups(groups)
        old = "" if self._failure is None else f"These are the last figures that could be read: {self._failure.reason}"
        links = self._link_lines()
        for label, text in (
            (self._links, links),
            (self._notice, old),
            (self._stuck, stuck),
            (self._unknown, self._why_unknown(figures)),
        ):
            label.setText(text)
            label.setVisible(bool(text))
        self._pages.setCurrentWidget(self._scroll)

    def _link_lines(self) -> str:
        """Where dead letters go and whence they come, as lines that lead there."""
        color, warning = legible(Concept.DEAD.color, self._theme).name(), self._theme.tones.warning
        return "<br>".join(
            _link_line(link, color) if not link.dead_end else _warning(link.sentence, warning)
            for link in self._links_of(self._scope)
        )

    def _why_unknown(self, figures: Sequence[Figure]) -> str:
        """Of single figures; what is said above of all of them is not said again."""
        snapshot = self._studio.monitor.snapshot
        told = gap(snapshot, self._words) if snapshot is not None and self._failure is None else None
        reasons = {figure.caption: figure.unknown for figure in figures if figure.unknown}
        if told is not None:
            reasons = {caption: why for caption, why in reasons.items() if why != told.why}
        return "\n".join(f"{caption}: {why}" for caption, why in reasons.items())

    def _say(self, icon: str, title: str, text: str) -> None:
        self.empty.say(icon, title, text)
        self._pages.setCurrentWidget(self.empty)

    def _copy_all(self) -> None:
        QGuiApplication.clipboard().setText(f"{self._title.text()}\n{self._settings.as_text()}".strip())


def _link_line(link: DeadLink, color: str) -> str:
    named = link.others[:_MOST_NAMED]
    texts = [_anchor(name, color) if link.listed else escape(visible(name)) for name in named]
    more = f" and {len(link.others) - len(named)} more" if len(named) < len(link.others) else ""
    missing = "" if link.listed else " (not listed)"
    what = "☠" if link.rests else ""
    return f"{what} {link.way.value} {', '.join(texts)}{more}{missing}".strip()


def _warning(sentence: str, color: str) -> str:
    return f'<span style="color: {color}">⚠ {escape(sentence)}.</span>'


def _anchor(queue: str, color: str) -> str:
    return f'<a href="{quote(queue)}" style="color: {color}">{escape(visible(queue))}</a>'


def _said(name: str, kind: str) -> PlainLabel:
    label = PlainLabel(wordWrap=True)
    label.setObjectName(name)
    label.setProperty("kind", kind)
    return label
