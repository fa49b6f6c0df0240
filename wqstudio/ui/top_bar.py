"""The bar above everything: where we are connected, what is played, which time is shown."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QAction, QColor, QIcon, QPainter, QPixmap, QResizeEvent
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QMenu, QSizePolicy, QToolButton, QWidget

from wqstudio.brokers.port import Link, LinkState
from wqstudio.domain.scenario import Scenario
from wqstudio.ui import format as figures
from wqstudio.ui.elided_box import ElidedBox
from wqstudio.ui.icons import bind_icon
from wqstudio.ui.plain import PlainLabel, plain_tip
from wqstudio.ui.theme import SPACE_M, SPACE_S, SPACE_XS, Concept, Theme
from wqstudio.ui.time_view import WINDOWS, TimeView
from wqstudio.ui.window_actions import WindowActions

_DOT = 12
_HEIGHT = 48
_SHORT = 1200
_CHOOSER, _CHOOSER_SHORT = 320, 220
"""Pixels that the chooser of scenarios is broad at most."""
_WAYS_TO_A_BROKER = ("connect", "connectRabbit", "local", "localRabbit", "demo", "demoRabbit")
"""Names of actions."""


class TopBar(QWidget):
    def __init__(self, theme: Theme, actions: WindowActions, view: TimeView, hosts: QMenu) -> None:
        super().__init__()
        self.setObjectName("topBar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(_HEIGHT)
        self._theme, self._actions, self._view = theme, actions, view
        self._link: Link | None = None
        self._why_not = ""
        """Why no scenario can be run now."""
        self._unplayable = ""
        """Why what is named instead of a scenario to choose cannot be played."""
        self._before = (0, "")
        """Which one was chosen, or named, before one that is compared was named."""
        self._build_connection(hosts)
        self._build_scenario()
        self._build_time()
        self._build_window()
        self._lay_out()
        view.changed.connect(self._show_span)
        view.live_changed.connect(lambda live: actions["freeze"].setChecked(not live))
        theme.changed.connect(self._wear)
        self._wear()
        self.show_closed()

    @property
    def scenario(self) -> Scenario | None:
        """The chosen one."""
        chosen = self._scenario.currentData()
        return chosen if isinstance(chosen, Scenario) else None

    def list_scenarios(self, scenarios: Sequence[Scenario]) -> None:
        """Those that can be played on the broker that is connected."""
        chosen, named = self.scenario, self._names_another
        self._scenario.clear()
        for scenario in scenarios:
            self._scenario.addItem(scenario.title, scenario)
            self._scenario.setItemData(self._scenario.count() - 1, scenario.summary, Qt.ItemDataRole.ToolTipRole)
        if named:
            self._scenario.setCurrentIndex(-1)
        elif chosen in scenarios:
            self._scenario.setCurrentIndex(scenarios.index(chosen))

    def choose_scenario(self, scenario: Scenario) -> None:
        """One that is played, though somebody else may have begun it."""
        titles = [self._scenario.itemData(index) for index in range(self._scenario.count())]
        if scenario in titles:
            self._scenario.setCurrentIndex(titles.index(scenario))

    @property
    def why_nothing(self) -> str:
        """Why none is chosen, in a sentence or two."""
        return self._unplayable

    def name_unplayable(self, title: str, why: str) -> None:
        """What is looked at cannot be played here: nothing is chosen, lest something else be run instead of it."""
        self._unplayable = why
        self._scenario.setPlaceholderText(title)
        self._scenario.setCurrentIndex(-1)
        self._say_run()

    def name_scenario(self, scenario: Scenario) -> None:
        """One that is compared, and may be in no list: what a person plays by hand, or a file under other settings."""
        self._before = self._scenario.currentIndex(), self._scenario.placeholderText()
        self._scenario.setPlaceholderText(scenario.title)
        titles = [self._scenario.itemData(index).name for index in range(self._scenario.count())]
        self._scenario.setCurrentIndex(titles.index(scenario.name) if scenario.name in titles else -1)

    def offer_scenario(self) -> None:
        """The comparison of what is named is over: what was in the bar before is there again."""
        if self._names_another:
            index, named = self._before
            self._scenario.setPlaceholderText(named)
            self._scenario.setCurrentIndex(index)

    @property
    def _names_another(self) -> bool:
        """None of those that can be chosen."""
        return self._scenario.count() > 0 and self._scenario.currentIndex() < 0

    def show_connection(self, text: str, link: Link) -> None:
        shown = text.replace("&", "&&")  # one alone would underline what follows
        if (shown, link) == (self._chip.text(), self._link):
            return
        self._link = link
        self._chip.setText(shown)
        said = f"{link.state.value}{f': {link.reason}' if link.reason else ''}"
        self._chip.setToolTip(plain_tip(f"{link.url}\n{said}" if link.url else said))
        self._chip.setAccessibleName(f"Connection: {text}, {said}")
        self._wear()

    def show_open(self) -> None:
        for widget in self._with_studio:
            widget.show()
        self._fit()

    def list_panels(self, toggles: Sequence[QAction]) -> None:
        """Offer to show and hide these."""
        self._panels_menu.clear()
        self._panels_menu.addActions(toggles)
        self._panels_menu.addSeparator()
        self._panels_menu.addAction(self._actions["resetLayout"])

    def explain_run(self, why_not: str) -> None:
        """``why_not``: why no scenario can be run now; empty: one can."""
        self._why_not = why_not
        self._scenario.setEnabled(not why_not)
        self._say_run()

    def _say_run(self) -> None:
        """Which one it is: the chooser may have cut its title, and stands beside another one's page."""
        tip, chosen = self._actions["runScenario"].toolTip(), self.scenario
        said = (self._scenario.said, chosen.summary if chosen is not None else "")
        self._scenario.setToolTip(plain_tip("\n".join(filter(None, said))))
        known = f"{chosen.title}: {tip}" if chosen is not None else self._unplayable or tip
        self._run.setToolTip(self._why_not or plain_tip(known))

    def show_closed(self) -> None:
        self._link = None
        if self._names_another:  # which may be played on the next broker
            self._scenario.clear()
        self._chip.setText("Not connected")
        self._chip.setToolTip("")
        self._chip.setAccessibleName("Connection: none")
        self._panels_menu.clear()
        for widget in self._with_studio:
            widget.hide()
        self._wear()

    @property
    def _with_studio(self) -> tuple[QWidget, ...]:
        """What makes sense while a connection is open."""
        return (*self._scenario_widgets, *self._time_widgets, self._panels)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Where room is short, the drawings speak for themselves."""
        short = self.width() < _SHORT
        self._scenario.setMaximumWidth(_CHOOSER_SHORT if short else _CHOOSER)
        self._scenario_label.setVisible(not short and self._scenario.isVisibleTo(self))
        style = Qt.ToolButtonStyle.ToolButtonIconOnly if short else Qt.ToolButtonStyle.ToolButtonTextBesideIcon
        for button in self._worded:
            button.setToolButtonStyle(style)

    def _build_connection(self, hosts: QMenu) -> None:
        self._chip = QToolButton()
        self._chip.setObjectName("connectionChip")
        self._chip.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._chip.setIconSize(QSize(_DOT, _DOT))
        self._chip.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self._chip)
        menu.addMenu(hosts)
        for name in (*_WAYS_TO_A_BROKER, "removeOwn", "disconnect"):
            menu.addAction(self._actions[name])
        self._chip.setMenu(menu)

    def _build_scenario(self) -> None:
        label = PlainLabel("Scenario")
        label.setProperty("kind", "muted")
        self._scenario = ElidedBox()
        self._scenario.setObjectName("scenarioChooser")
        self._scenario.setAccessibleName("Scenario")
        self._scenario.setMinimumWidth(132)
        self._scenario.currentIndexChanged.connect(self._say_run)
        self._run, stop = self._button("runScenario"), self._button("stopScenario")
        self._scenario_label, self._worded = label, [self._run, stop]
        self._scenario_widgets: tuple[QWidget, ...] = (_rule(), label, self._scenario, self._run, stop)

    def _build_time(self) -> None:
        self._window = QComboBox()
        self._window.setObjectName("timeWindow")
        self._window.setAccessibleName("Time shown by the graphs")
        self._window.setToolTip("How much time the graphs show")
        self._window.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        for text, seconds in WINDOWS:
            self._window.addItem(text, seconds)
        self._window.activated.connect(lambda index: self._view.show_span(self._window.itemData(index)))
        self._freeze = self._button("freeze")
        bind_icon(self._actions["freeze"], "pause", self._theme, checked="on_accent")
        self._worded.append(self._freeze)
        self._time_widgets: tuple[QWidget, ...] = (self._window, self._freeze, _rule())
        self._show_span()

    def _build_window(self) -> None:
        self._search = self._button("palette")
        self._search.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._panels = QToolButton()
        self._panels.setObjectName("panelsMenu")
        self._panels.setAccessibleName("Panels")
        self._panels.setToolTip("Show and hide panels")
        self._panels.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._panels_menu = QMenu(self._panels)
        self._panels.setMenu(self._panels_menu)
        self._panels.setProperty("kind", "quiet")
        bind_icon(self._panels, "layout", self._theme)
        self._scheme = QToolButton()
        self._scheme.setObjectName("themeSwitch")
        self._scheme.setAccessibleName("Colours: system, light or dark")
        self._scheme.setToolTip("Colours")
        self._scheme.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._scheme.setProperty("kind", "quiet")
        menu = QMenu(self._scheme)
        for name in ("themeSystem", "themeLight", "themeDark"):
            menu.addAction(self._actions[name])
        self._scheme.setMenu(menu)

    def _lay_out(self) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(SPACE_M, SPACE_XS, SPACE_M, SPACE_XS)
        layout.setSpacing(SPACE_S)
        layout.addWidget(self._chip)
        for widget in self._scenario_widgets:
            layout.addWidget(widget)
        layout.addStretch(1)
        for widget in (*self._time_widgets, self._search, self._panels, self._scheme):
            layout.addWidget(widget)

    def _button(self, action: str) -> QToolButton:
        button = QToolButton()
        button.setDefaultAction(self._actions[action])
        button.setObjectName(f"{action}Button")
        button.setAccessibleName(self._actions[action].text())
        return button

    def _show_span(self) -> None:
        """Where the person zoomed to a span of their own, say how long it is."""
        index = self._window.findData(self._view.span)
        if index < 0:
            self._window.setPlaceholderText(figures.duration(self._view.span))
        self._window.setCurrentIndex(index)

    def _wear(self) -> None:
        self._chip.setIcon(_dot(self._state_color(), self.devicePixelRatioF()))
        bind_icon(self._scheme, "moon" if self._theme.dark else "sun", self._theme)

    def _state_color(self) -> QColor:
        tones = self._theme.tones
        if self._link is None:
            return QColor(tones.muted)
        match self._link.state:
            case LinkState.CONNECTED:
                return Concept.ACKED.color
            case LinkState.RECONNECTING:
                return QColor(tones.warning)
            case LinkState.CLOSED:
                return QColor(tones.error)


def _rule() -> QFrame:
    line = QFrame()
    line.setProperty("kind", "rule")
    line.setFixedSize(1, 20)
    return line


def _dot(color: QColor, ratio: float) -> QIcon:
    image = QPixmap(round(_DOT * ratio), round(_DOT * ratio))
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawEllipse(QPointF(_DOT / 2 - 1, _DOT / 2), 4, 4)
    painter.end()
    return QIcon(image)
