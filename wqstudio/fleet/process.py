"""A fleet host as the supervisor sees it."""

from wqstudio.domain.connection import Connection
from wqstudio.fleet import wire
from wqstudio.fleet.child import ChildProcess


class HostProcess(ChildProcess[wire.Report]):
    """Knows its connection as soon as it is up."""

    def __init__(self, number: int, connection: Connection, run: str) -> None:
        super().__init__("wqstudio.fleet.host", wire.report_decoder())
        self.number = number
        self.send(wire.Hello.to(connection, run))
