"""The files and the environment by which a RabbitMQ node is the studio's own, and touches nobody else's."""

import os
import secrets
import socket
from dataclasses import astuple, dataclass
from itertools import islice
from pathlib import Path

from wqstudio.brokers.local.rabbitmq_install import Installation

HOST = "127.0.0.1"
NODE = "wqstudio@localhost"
"""Not this computer's name: data are kept under the node's name, and computers are renamed."""
USER = "wqstudio"
STATISTICS_EVERY = 1
"""Seconds between two counts of a queue, as often as the window draws. RabbitMQ's own 5 s spare thousands of queues."""
_PORTS = range(20_000, 32_768)
"""Below those that systems give to whoever connects: a node that is restarted finds its own still free."""
_PLUGINS = "[rabbitmq_management,rabbitmq_prometheus]."


@dataclass(frozen=True, slots=True)
class Ports:
    """All on loopback."""

    amqp: int
    management: int
    prometheus: int
    port_mapper: int
    distribution: int

    @classmethod
    def free(cls) -> "Ports":
        shuffled = secrets.SystemRandom().sample(_PORTS, len(_PORTS))
        return cls(*islice(filter(_is_free, shuffled), 5))

    def taken(self) -> int | None:
        """One on which another program listens by now."""
        return next((port for port in astuple(self) if not _is_free(port)), None)


@dataclass(frozen=True, slots=True)
class Layout:
    """What is where in the data folder."""

    folder: Path

    @property
    def log(self) -> Path:
        return self.folder / "rabbitmq-server.log"

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def config(self) -> Path:
        return self.folder / "rabbitmq.conf"

    @property
    def plugins(self) -> Path:
        return self.folder / "enabled_plugins"

    @property
    def password(self) -> Path:
        return self.folder / "password"


def prepare(layout: Layout, ports: Ports, statistics_every: int | None) -> str:
    """Write what the node reads at its start. Returns its user's password, which lives as long as the data.

    ``statistics_every`` in seconds; None: as often as RabbitMQ does by itself.
    Raises OSError when the folder cannot be written to.
    """
    for folder in (layout.home, layout.data):
        folder.mkdir(mode=0o700, exist_ok=True)
    password = _secret(layout.password, 0o600)
    _secret(layout.home / ".erlang.cookie", 0o400)
    layout.plugins.write_text(_PLUGINS)
    _write_private(layout.config, _config(ports, password) + _statistics(statistics_every))
    return password


def environment(
    layout: Layout, ports: Ports, installation: Installation, statistics_every: int | None
) -> dict[str, str]:
    """All of the node's environment: nothing of a RabbitMQ that is set up on this computer shines through.

    Quorum queues count by a clock of their own, for which RabbitMQ's configuration file has no name.
    """
    ticks = "" if statistics_every is None else f" -rabbit quorum_tick_interval {statistics_every * 1_000}"
    inside = installation.inside
    return {
        "PATH": os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/bin", "/sbin", "/bin"]),
        "LANG": "C.UTF-8",
        "HOME": inside(layout.home),
        "ERL_EPMD_ADDRESS": HOST,
        "ERL_EPMD_PORT": str(ports.port_mapper),
        # Any Erlang program would otherwise start a port mapper that outlives it, as a daemon.
        "ERL_ZFLAGS": "-start_epmd false",
        "ERL_CRASH_DUMP_SECONDS": "0",
        "RABBITMQ_NODENAME": NODE,
        "RABBITMQ_DIST_PORT": str(ports.distribution),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"-kernel inet_dist_use_interface {{127,0,0,1}}{ticks}",
        "RABBITMQ_MNESIA_BASE": inside(layout.data),
        "RABBITMQ_LOG_BASE": inside(layout.folder),
        "RABBITMQ_LOGS": "-",
        "RABBITMQ_CONFIG_FILE": inside(layout.config),
        "RABBITMQ_CONF_ENV_FILE": inside(layout.folder / "rabbitmq-env.conf"),
        "RABBITMQ_ADVANCED_CONFIG_FILE": inside(layout.folder / "advanced.config"),
        "RABBITMQ_GENERATED_CONFIG_DIR": inside(layout.data / "config"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": inside(layout.plugins),
        # The start script would stay between the guard and the node, and turn a request to end into a slow one.
        "RUNNING_UNDER_SYSTEMD": "true",
    }


def _config(ports: Ports, password: str) -> str:
    return f"""\
listeners.tcp.1 = {HOST}:{ports.amqp}
management.tcp.ip = {HOST}
management.tcp.port = {ports.management}
prometheus.tcp.ip = {HOST}
prometheus.tcp.port = {ports.prometheus}
default_user = {USER}
default_pass = {password}
default_user_tags.administrator = true
log.console.level = info
"""


def _statistics(every: int | None) -> str:
    """The management API shows what it has sampled, so it has to sample as often as the node counts."""
    if every is None:
        return ""
    samples = [f"management.sample_retention_policies.{kind}.minute = {every}" for kind in ("global", "basic")]
    samples.append(f"management.sample_retention_policies.detailed.10 = {every}")
    return "\n".join([f"collect_statistics_interval = {every * 1_000}", *samples, ""])


def _secret(file: Path, mode: int) -> str:
    """What the file holds; made up the first time."""
    if not file.exists():
        _write_private(file, secrets.token_urlsafe(24), mode)
    return file.read_text()


def _write_private(file: Path, text: str, mode: int = 0o600) -> None:
    """Nobody else may read it, not even for a moment."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as stream:
        stream.write(text)


def _is_free(port: int) -> bool:
    with socket.socket() as trying:
        trying.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trying.bind((HOST, port))
        except OSError:
            return False
    return True
