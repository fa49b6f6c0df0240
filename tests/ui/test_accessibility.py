"""What takes the keyboard says what it is, to screen readers and to tests; and the Tab key follows the eye."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QTabBar, QWidget
from pytestqt.qtbot import QtBot

from tests.waiting import until
from wqstudio.brokers.factory import probe_connection, virtual_hosts
from wqstudio.domain.connection import NatsConnection, Product, RabbitConnection
from wqstudio.engine.studio import Studio
from wqstudio.scenarios import SCENARIOS
from wqstudio.ui.connect_dialog import ConnectDialog
from wqstudio.ui.connect_forms import connect_form
from wqstudio.ui.lookups import Lookups
from wqstudio.ui.main_window import MainWindow
from wqstudio.ui.memory import Memory
from wqstudio.ui.panels.worker_list import WorkerList
from wqstudio.ui.theme import Theme


@pytest_asyncio.fixture
async def window(qtbot: QtBot, theme: Theme, studio: Studio, tmp_path: Path) -> AsyncIterator[MainWindow]:
    """With the demo running and a worker's controls open."""
    shown = MainWindow(theme, SCENARIOS, Lookups(probe_connection, virtual_hosts), Memory(tmp_path / "window.ini"))
    qtbot.addWidget(shown)
    shown.resize(1440, 900)
    shown.show()
    shown.attach(studio, own=True)
    await studio.play(SCENARIOS[0])
    workers = shown.findChild(WorkerList)
    assert workers is not None
    await until(lambda: workers.model().rowCount() == len(SCENARIOS[0].workers))
    workers.select(min(studio.fleet.workers))
    await until(lambda: shown.findChild(QWidget, "workerControls") is not None)
    yield shown
    shown.close()


def test_every_control_of_the_window_names_itself(window: MainWindow) -> None:
    controls = list(_focusable(window))
    assert len(controls) > 25
    assert "\n".join(_nameless(controls)) == ""


@pytest.mark.parametrize("product", Product)
def test_every_control_of_the_connect_dialog_names_itself(qtbot: QtBot, product: Product) -> None:
    recent = (NatsConnection(), RabbitConnection())
    dialog = ConnectDialog(None, product, connect_form(product, recent, virtual_hosts), probe_connection)
    qtbot.addWidget(dialog)
    controls = list(_focusable(dialog))
    assert len(controls) > 15
    assert "\n".join(_nameless(controls)) == ""


def test_the_tab_key_walks_the_bar_from_left_to_right_and_reaches_every_panel(window: MainWindow) -> None:
    walked = list(_walk(window))
    bar = [one for one in walked if (above := one.parentWidget()) is not None and above.objectName() == "topBar"]
    assert len(bar) >= 6
    assert [one.objectName() for one in bar] == [one.objectName() for one in sorted(bar, key=QWidget.x)]
    panels = {panel for one in walked for panel in _ancestors(one) if panel.endswith("Dock")}
    assert {"explorerDock", "workersDock", "eventsDock"} <= panels


def _focusable(parent: QWidget) -> Iterator[QWidget]:
    """All that can be reached by the keyboard, but for the insides of Qt's own controls."""
    for widget in parent.findChildren(QWidget):
        inside = widget.parentWidget()
        ours = not widget.objectName().startswith("qt_") and not _is_control(inside)
        if ours and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            yield widget


def _is_control(widget: QWidget | None) -> bool:
    insides = {"QComboBoxPrivateContainer", "QComboBox", "QSpinBox", "QDoubleSpinBox", "QLineEdit"}
    return widget is not None and widget.metaObject().className() in insides


def _nameless(controls: list[QWidget]) -> list[str]:
    return [f"{type(one).__name__} {one.objectName()!r} {_said(one)!r}" for one in controls if not _named(one)]


def _named(widget: QWidget) -> bool:
    return bool(widget.objectName() and _said(widget))


def _said(widget: QWidget) -> str:
    text = widget.text() if isinstance(widget, QAbstractButton) else ""
    tabs = widget.tabText(0) if isinstance(widget, QTabBar) else ""
    return widget.accessibleName() or text or tabs


def _walk(window: QWidget) -> Iterator[QWidget]:
    """As the Tab key does, once round."""
    one = window.nextInFocusChain()
    while one is not None and one is not window:
        if one.isVisible() and one.isEnabled() and one.focusPolicy() & Qt.FocusPolicy.TabFocus:
            yield one
        one = one.nextInFocusChain()


def _ancestors(widget: QWidget) -> Iterator[str]:
    above: QWidget | None = widget
    while above is not None:
        yield above.objectName()
        above = above.parentWidget()
