"""Where an installed RabbitMQ is, and how its programs are called."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from wqstudio.brokers.local.errors import LocalServerError

# The packages of Debian and Fedora put a wrapper on PATH that insists on being the user "rabbitmq"; this is what
# it wraps.
_PACKAGED = "usr/lib/rabbitmq/bin/rabbitmq-server"
# Erlang reads its own use of memory from /proc. The mount is seen by this process alone, and ends with it.
_ENTER = 'mount --bind /proc "$0/proc" && exec chroot "$0" "$@"'
_PLACES = ("/usr/local/sbin", "/opt/homebrew/sbin", "/opt/homebrew/opt/rabbitmq/sbin", "/usr/sbin")
"""Where packages put it that are not always on a desktop user's PATH."""


@dataclass(frozen=True, slots=True)
class Installation:
    """Commands that start the node and Erlang's port mapper. ``root`` is what they take for ``/``."""

    node: tuple[str, ...]
    port_mapper: tuple[str, ...]
    root: Path = Path("/")

    def inside(self, path: Path) -> str:
        """``path`` as the programs see it."""
        return f"/{path.resolve().relative_to(self.root.resolve())}"


def find_installation() -> Installation:
    """LocalServerError when there is none."""
    packaged = Path("/") / _PACKAGED
    found = str(packaged) if packaged.exists() else _which("rabbitmq-server")
    if found is None:
        raise LocalServerError(
            "RabbitMQ is not installed on this computer. Install it with `sudo apt-get install rabbitmq-server` "
            "(Debian, Ubuntu), `sudo dnf install rabbitmq-server` (Fedora) or `brew install rabbitmq` (macOS), "
            "or connect to one that runs elsewhere."
        )
    port_mapper = _which("epmd") or _bundled_port_mapper()
    if port_mapper is None:
        raise LocalServerError(
            f"{found} is there, but Erlang's epmd is not; install Erlang with `sudo apt-get install erlang-base`."
        )
    return Installation((found,), (port_mapper,))


def why_not_installed() -> str:
    """What is missing, and the remedy; empty: nothing is."""
    try:
        find_installation()
    except LocalServerError as error:
        return str(error)
    return ""


def installation_in(tree: Path) -> Installation:
    """One in a system tree of its own, as debootstrap makes it; entering it takes root's rights."""
    if not (tree / _PACKAGED).exists():
        raise LocalServerError(f"There is no RabbitMQ in {tree}; it has no {_PACKAGED}.")
    enter = ("unshare", "--mount", "sh", "-c", _ENTER, str(tree))
    return Installation((*enter, f"/{_PACKAGED}"), (*enter, "/usr/bin/epmd"), tree)


def _which(program: str) -> str | None:
    for path in (None, *_PLACES):
        if found := shutil.which(program, path=path):
            return found
    return None


def _bundled_port_mapper() -> str | None:
    """Erlang from its own site keeps epmd off PATH, beside the runtime."""
    erl = _which("erl")
    if erl is None:
        return None
    lib = Path(erl).resolve().parents[1]
    return next((str(path) for path in sorted(lib.glob("erts-*/bin/epmd"))), None)
