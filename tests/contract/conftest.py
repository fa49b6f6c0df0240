"""Every broker that the contract is run against."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from tests.commands import ForkedCommands, run_command
from tests.contract.dlq_commands import Dlq, commands_on
from tests.contract.graveyards import Graveyard, graveyard_of
from tests.contract.labs import Lab, NatsLab, RabbitLab
from tests.contract.mortal import Mortals
from tests.contract.watch import Watch
from tests.forks import Forks
from tests.rabbit_servers import RabbitHost
from tests.servers import NatsServer, StartNatsServer
from wqstudio.brokers.factory import open_broker
from wqstudio.brokers.port import Broker
from wqstudio.engine.journal.journal import Journal
from wqstudio.engine.looks.dead_letters import DeadLetterWork
from wqstudio.engine.playing.player import Player
from wqstudio.engine.studio import Studio


@pytest.fixture(params=["nats", "rabbitmq"])
def make_lab(request: pytest.FixtureRequest) -> Callable[[], Lab]:
    """Only the broker that is asked for is started."""
    match request.param:
        case "nats":
            start: StartNatsServer = request.getfixturevalue("start_nats_server")
            return lambda: NatsLab(start())
        case "rabbitmq":
            host: RabbitHost = request.getfixturevalue("rabbit_host")
            return lambda: RabbitLab(host)
        case other:
            raise NotImplementedError(other)


@pytest.fixture
async def lab(make_lab: Callable[[], Lab]) -> AsyncIterator[Lab]:
    lab = make_lab()
    yield lab
    await lab.close()


@pytest.fixture
async def broker(lab: Lab) -> AsyncIterator[Broker]:
    broker = await open_broker(lab.connection)
    yield broker
    await broker.close()


@pytest.fixture
def worker_hosts() -> int:
    """One, which spares a process, where a test does not ask for its workers to be apart."""
    return 1


@pytest.fixture
async def watch(lab: Lab, worker_hosts: int) -> AsyncIterator[Watch]:
    watch = Watch(lab, worker_hosts)
    await watch.fleet.start()
    yield watch
    await watch.fleet.close()


@pytest.fixture
async def studio(lab: Lab) -> AsyncIterator[Studio]:
    studio = await Studio.open(lab.connection)
    yield studio
    await studio.close()


@pytest.fixture
def player(lab: Lab, studio: Studio) -> Player:
    """It may restart the broker."""
    return Player(studio, lambda: asyncio.to_thread(lab.restart))


@pytest.fixture(params=["nats", "rabbitmq classic", "rabbitmq quorum"])
async def graveyard(request: pytest.FixtureRequest) -> AsyncIterator[Graveyard]:
    made = graveyard_of(request)
    await made.make()
    yield made
    await made.close()


@pytest.fixture
def work(graveyard: Graveyard, journal: Journal) -> DeadLetterWork:
    return DeadLetterWork(graveyard.connection, journal)


@pytest.fixture
def pointing(nats_server: NatsServer, journal: Journal) -> DeadLetterWork:
    """Where letters point to messages that died in place."""
    return DeadLetterWork(nats_server.connection, journal)


@pytest.fixture
def dlq(graveyard: Graveyard, tmp_path: Path, forked_commands: ForkedCommands) -> Dlq:
    """Runs a command on the graveyard's broker, with a journal of its own. Looking is paid for."""
    return commands_on(graveyard, tmp_path, forked_commands.run)


@pytest.fixture
def typed(graveyard: Graveyard, tmp_path: Path) -> Dlq:
    """The same, started as in a terminal: it imports what it needs."""
    return commands_on(graveyard, tmp_path, run_command)


@pytest.fixture
def mortals(forks: Forks) -> Iterator[Mortals]:
    mortals = Mortals(forks)
    yield mortals
    mortals.close()
