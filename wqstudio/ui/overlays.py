"""What opens over the window: the connect dialog, the command palette and the list of keys."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMainWindow

from wqstudio.domain.connection import Connection, Product
from wqstudio.ui.lookups import Lookups
from wqstudio.ui.memory import Memory
from wqstudio.ui.theme import Theme
from wqstudio.ui.window_actions import WindowActions, shown_keys

if TYPE_CHECKING:
    from wqstudio.ui.command_palette import Entry


class Overlays(QObject):
    """Each is loaded when it is asked for, so that the window opens sooner."""

    connection_chosen = Signal(object)
    """The Connection, which is remembered by then."""

    def __init__(self, window: QMainWindow, theme: Theme, memory: Memory, lookups: Lookups) -> None:
        super().__init__(window)
        self._window, self._theme, self._memory, self._lookups = window, theme, memory, lookups

    def ask_for_connection(self, product: Product) -> None:
        self._ask(product, self._memory.recent)

    def change_connection(self, connection: Connection) -> None:
        """Begin with what is open, its secrets included."""
        self._ask(connection.product, [connection, *self._memory.recent])

    def _ask(self, product: Product, recent: Iterable[Connection]) -> None:
        from wqstudio.ui.connect_dialog import ConnectDialog  # noqa: PLC0415  loaded when asked for
        from wqstudio.ui.connect_forms import connect_form  # noqa: PLC0415  the same

        form = connect_form(product, recent, self._lookups.virtual_hosts)
        dialog = ConnectDialog(self._window, product, form, self._lookups.probe)
        dialog.connection_chosen.connect(self._choose)
        dialog.open()

    def connect_again(self, connection: Connection) -> None:
        """Straight away, unless a password is needed, which is not remembered."""
        if connection.user:
            self._memory.keep_recent(connection)
            self.ask_for_connection(connection.product)
        else:
            self._choose(connection)

    def switch(self, connection: Connection) -> None:
        """To another part of the broker that is open, so with the secrets that opened it."""
        self._choose(connection)

    def open_palette(self, actions: WindowActions, places: "Iterable[Entry]") -> None:
        from wqstudio.ui.command_palette import CommandPalette, Entry  # noqa: PLC0415  loaded when asked for

        entries = [
            Entry(spec.text, shown_keys(spec.keys) or spec.group, spec.icon, spec.run)
            for spec in actions.possible()
            if spec.name != "palette"
        ]
        CommandPalette(self._window, self._theme, [*entries, *places]).open_over(self._window)

    def open_key_list(self, actions: WindowActions) -> None:
        from wqstudio.ui.key_list import KeyList  # noqa: PLC0415  loaded when asked for

        KeyList(self._window, actions.specs).open()

    def _choose(self, connection: Connection) -> None:
        self._memory.keep_recent(connection)
        self.connection_chosen.emit(connection)
