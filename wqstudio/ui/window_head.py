"""What stands above the panels: the bar, with the connection in it, and below it what its broker does not tell."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from wqstudio.ui.gap_strip import GapStrip
from wqstudio.ui.host_menu import HostMenu
from wqstudio.ui.lookups import FindHosts
from wqstudio.ui.models.gaps import gap
from wqstudio.ui.models.whereabouts import whereabouts
from wqstudio.ui.theme import Theme
from wqstudio.ui.time_view import TimeView
from wqstudio.ui.top_bar import TopBar
from wqstudio.ui.window_actions import WindowActions

if TYPE_CHECKING:  # loaded once a connection opens: the window paints sooner
    from wqstudio.engine.monitor import Beat
    from wqstudio.engine.studio import Studio


class WindowHead(QWidget):
    settings_wanted = Signal()
    """Of the connection that is open."""
    host_chosen = Signal(object)
    """The ``Connection`` to another virtual host."""

    def __init__(self, theme: Theme, actions: WindowActions, view: TimeView, find_hosts: FindHosts) -> None:
        super().__init__()
        self._studio: Studio | None = None
        self._own = False
        self._hosts = HostMenu(find_hosts, self)
        self._hosts.connection_chosen.connect(self.host_chosen)
        self.bar = TopBar(theme, actions, view, self._hosts)
        self._gap = GapStrip()
        self._gap.settings_wanted.connect(self.settings_wanted)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.bar)
        layout.addWidget(self._gap)

    def open(self, studio: "Studio", *, own: bool) -> None:
        """``own``: one's own broker ends with its connection, and nothing of that can be changed."""
        self._studio, self._own = studio, own
        self._hosts.show_for(None if own else studio.connection)
        self.bar.show_open()

    def close_connection(self) -> None:
        self._studio = None
        self._hosts.show_for(None)
        self._gap.show_gap(None)
        self.bar.show_closed()

    def show_beat(self, beat: "Beat") -> None:
        if beat.snapshot is not None and beat.failure is None and self._studio is not None:
            self._gap.show_gap(gap(beat.snapshot, self._studio.broker.words), mendable=not self._own)

    def show_connection(self) -> str:
        """As it is now. What the window is called by that."""
        assert self._studio is not None, "it is open"
        snapshot, broker = self._studio.monitor.snapshot, self._studio.broker
        server = snapshot.server if snapshot is not None else broker.words.product
        words = whereabouts(self._studio.connection, broker.link, server)
        self.bar.show_connection("  ·  ".join(words), broker.link)
        return f"{'  ·  '.join(words[:2])} – wqstudio"
