"""The menu that leads from one virtual host of a broker to another."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget
from shiboken6 import isValid

from wqstudio.background import spawn
from wqstudio.brokers.port import BrokerError
from wqstudio.domain.connection import Connection, RabbitConnection
from wqstudio.ui.lookups import FindHosts
from wqstudio.ui.plain import plain_tip

_MOST = 40
"""Hosts listed; more would not fit on a screen, and can be typed in the connect dialog."""
_LONGEST = 60


class HostMenu(QMenu):
    """Asks the broker each time it opens. It is there only while ``show_for`` was given a broker with such hosts."""

    connection_chosen = Signal(object)
    """The ``Connection``."""

    def __init__(self, find: FindHosts, parent: QWidget) -> None:
        super().__init__("Virtual host", parent)
        self.setObjectName("hostMenu")
        self.setToolTipsVisible(True)
        self._find = find
        self._connection: RabbitConnection | None = None
        self.aboutToShow.connect(self._on_opening)
        self.show_for(None)

    def show_for(self, connection: Connection | None) -> None:
        self._connection = connection if isinstance(connection, RabbitConnection) else None
        self.menuAction().setVisible(self._connection is not None)

    def _on_opening(self) -> None:
        if self._connection is not None:
            self._fill(self._connection, (), "Looking …")
            spawn(self._ask(self._connection), "find virtual hosts")

    async def _ask(self, connection: RabbitConnection) -> None:
        found: Sequence[str] = ()
        said = ""
        try:
            found = await self._find(connection)
        except BrokerError as error:
            said = str(error)
        if isValid(self) and connection is self._connection:
            self._fill(connection, found, said)

    def _fill(self, connection: RabbitConnection, found: Sequence[str], said: str) -> None:
        self.clear()
        everything = self._add("Watch all of them", replace(connection, all_vhosts=not connection.all_vhosts))
        everything.setChecked(connection.all_vhosts)
        self.addSeparator()
        for host in found[:_MOST]:
            action = self._add(host, replace(connection, vhost=host))
            action.setChecked(host == (connection.vhost or "/"))
        if said or len(found) > _MOST:
            self.addAction(_short(said or f"… and {len(found) - _MOST} more")).setEnabled(False)

    def _add(self, text: str, connection: RabbitConnection) -> QAction:
        action = self.addAction(_short(text))
        action.setCheckable(True)
        action.setToolTip(plain_tip(text))
        action.triggered.connect(partial(self._choose, connection))
        return action

    def _choose(self, connection: RabbitConnection, _checked: bool = False) -> None:
        if connection != self._connection:
            self.connection_chosen.emit(connection)


def _short(text: str) -> str:
    """One line, in which ``&`` underlines nothing."""
    line = " ".join(text.split())
    return (line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…").replace("&", "&&")
