"""Fixtures that any test may use: real brokers. And how tests go on side by side, in processes of pytest-xdist."""

import gc
import itertools
import os
import signal
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import ExitStack, nullcontext
from pathlib import Path
from types import FrameType

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, settings

from tests.alone import Turns
from tests.commands import ForkedCommands
from tests.faults import Faults, pytest_addoption, pytest_terminal_summary
from tests.forks import Fork, Forks
from tests.jetstream import JetStream
from tests.rabbit_servers import RabbitHost, RabbitNode
from tests.rabbit_user import RabbitUser
from tests.screens import screen
from tests.servers import NatsServer, StartNatsServer
from tests.unheard import unheard
from wqstudio.engine.journal.journal import Journal
from wqstudio.fleet import child
from wqstudio.ui.garbage import collect_due

# How long an example takes says more of who else uses the computer than of the code.
settings.register_profile("any computer", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any computer")

__all__ = ["pytest_addoption", "pytest_terminal_summary", "unheard"]

_TURNS = pytest.StashKey[Turns]()
_SCREEN = pytest.StashKey[ExitStack]()


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Garbage is not looked for in the threads of clients and brokers, where widgets among it would be destroyed."""
    gc.disable()
    for number in (signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_IGN:  # in the background of a shell, below nohup
            signal.signal(number, _ignore)
    if hasattr(config, "workerinput"):
        config.stash[_TURNS] = Turns(config._tmp_path_factory.getbasetemp().parent)  # type: ignore[attr-defined]  # as pytest's own fixture
        config.stash[_SCREEN] = _screen_of_its_own()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those that are to be alone come first, one after the other: so the others wait once, and not for each of them."""
    items.sort(key=lambda item: not _is_alone(item))


def _is_alone(item: pytest.Item | None) -> bool:
    return item is not None and item.get_closest_marker("alone") is not None


def pytest_collection_finish() -> None:
    """Thousands of tests are no garbage, and looking through them takes a quarter of a second each time."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure(config: pytest.Config) -> None:
    if (shown := config.stash.get(_SCREEN, None)) is not None:
        shown.close()


def _screen_of_its_own() -> ExitStack:
    """A window that another process shows on the same screen takes the keyboard away, in the middle of a test."""
    with ExitStack() as stack:
        if os.environ.get("QT_QPA_PLATFORM") == "xcb":
            os.environ["DISPLAY"] = stack.enter_context(screen())
        return stack.pop_all()


def _ignore(_number: int, _frame: FrameType | None) -> None:
    """Unlike SIG_IGN, this is not handed down to the programs that tests start, and end by signals."""


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, object, object]:
    turns = item.config.stash.get(_TURNS, None)
    with turns.turn(alone=_is_alone(item), again=_is_alone(nextitem)) if turns else nullcontext():
        result = yield
        collect_due()
        return result


@pytest.fixture
def faults(request: pytest.FixtureRequest) -> Faults:
    return Faults(request.node)


@pytest.fixture(autouse=True, scope="session")
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """No test writes among the data of whoever runs it."""
    folder = tmp_path_factory.mktemp("data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(folder))
        yield folder


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(tmp_path / "journal.sqlite")
    yield journal
    journal.close()


@pytest.fixture(scope="session")
def forks() -> Iterator[Forks]:
    forks = Forks()
    yield forks
    forks.close()


@pytest.fixture
def forked_commands(forks: Forks) -> ForkedCommands:
    return ForkedCommands(forks)


@pytest.fixture(autouse=True)
def start_child(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The studio's own processes are forked, in all tests that are not about how they are started."""

    def start_forked(module: str, reports: int) -> Fork:
        forks: Forks = request.getfixturevalue("forks")  # only where one is wanted
        return forks.start_child(module, reports)

    monkeypatch.setattr(child, "_start", start_forked)


@pytest.fixture
def start_nats_server(tmp_path: Path) -> Iterator[StartNatsServer]:
    """Start a server with additional configuration text; every one is stopped at the end of the test."""
    servers: list[NatsServer] = []
    numbers = itertools.count()

    def start(config: str = "", *, jetstream: bool = True) -> NatsServer:
        folder = tmp_path / f"nats-{next(numbers)}"
        folder.mkdir()
        server = NatsServer(folder, config, jetstream=jetstream)
        servers.append(server)
        server.start()
        return server

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def nats_server(start_nats_server: StartNatsServer) -> NatsServer:
    """A fresh JetStream server without users."""
    return start_nats_server()


@pytest_asyncio.fixture
async def jetstream(nats_server: NatsServer) -> AsyncIterator[JetStream]:
    """Somebody else who uses it."""
    user = await JetStream.connect(nats_server)
    yield user
    await user.close()


@pytest.fixture(scope="session")
def rabbit_node() -> Iterator[RabbitNode]:
    """One node for the whole session; a test that stops it starts it again."""
    node = RabbitNode()
    node.start()
    yield node
    node.close()


@pytest.fixture
def rabbit_host(rabbit_node: RabbitNode) -> Iterator[RabbitHost]:
    """A fresh virtual host on it."""
    host = rabbit_node.make_host()
    yield host
    host.remove()


@pytest.fixture
def user(rabbit_host: RabbitHost) -> Iterator[RabbitUser]:
    """Somebody else who uses it."""
    user = RabbitUser(rabbit_host)
    yield user
    user.close()
