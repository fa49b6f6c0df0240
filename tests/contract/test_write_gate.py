"""A connection for looking only: whatever is opened on it can be looked at, and writes nothing."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.commands import Done, ForkedCommands, naming
from tests.contract.graveyards import DEAD, WORK, Graveyard
from tests.rabbit_letters import QUORUM, bodies, make_policymaker, put, set_policy
from tests.rabbit_servers import RabbitHost
from tests.rabbit_user import RabbitUser
from wqstudio.brokers.letters import NOT_KEPT, Copies, Copy, Letters, Outlet, Pointers
from wqstudio.brokers.rabbitmq.amqp.client import connect_client
from wqstudio.engine import write_gate
from wqstudio.engine.write_gate import ReadOnlyError, open_letters, open_outlet

List = Callable[..., Done]


@pytest.mark.parametrize("graveyard", ["nats", "rabbitmq classic"], indirect=True)
async def test_letters_are_looked_at_and_outlets_asked(graveyard: Graveyard) -> None:
    await graveyard.bury(bodies(2))
    looking = replace(graveyard.connection, read_only=True)
    letters, outlet = await open_letters(looking, DEAD, NOT_KEPT), await open_outlet(looking)
    page = await letters.page(0, 5)
    assert [held.body for held in page] == bodies(2)
    assert any(WORK in sentence for sentence in await outlet.audience(graveyard.home))
    with pytest.raises(ReadOnlyError, match="does not publish"):
        await outlet.put([Copy(page[0], graveyard.home, "mark")])
    with pytest.raises(ReadOnlyError, match=f"does not remove anything from {DEAD}"):
        await letters.remove(page)
    with pytest.raises(ReadOnlyError, match="delivery limit"):
        await letters.lift_limit()
    for way_round in ("_link", "_client", "_remover", "_checkout"):
        assert not hasattr(letters, way_round)
        assert not hasattr(outlet, way_round)
    await letters.close()
    await outlet.close()
    assert sorted(await graveyard.bodies(DEAD)) == bodies(2)
    assert await graveyard.bodies(WORK) == []


@pytest.mark.parametrize(
    ("gate", "protocol"),
    [
        (write_gate._LookOnlyLetters, Letters),
        (write_gate._LookOnlyCopies, Copies),
        (write_gate._TellOnly, Pointers),
        (write_gate._AskOnly, Outlet),
    ],
)
def test_whatever_can_be_done_has_its_place_at_the_gate(gate: type, protocol: type) -> None:
    """What a protocol gets that has none there would do nothing, and say that it was done."""
    public = {name for name in dir(protocol) if not name.startswith("_")}
    placed = {name for each in gate.__mro__ if each.__module__ == write_gate.__name__ for name in vars(each)}
    assert public <= placed


@pytest.fixture
async def listing(rabbit_host: RabbitHost, user: RabbitUser, tmp_path: Path, forked_commands: ForkedCommands) -> List:
    """Lists the letters of a quorum queue that has a limit, which may be lifted, with these words more."""
    set_policy(rabbit_host, "dead", delivery_limit=3)
    user.declare("dead", QUORUM)
    client = await connect_client(rabbit_host.connection, name="test")
    await put(client, "dead", b"letter")
    await client.close()
    named = naming(rabbit_host.connection, tmp_path)
    environment = {**os.environ, "XDG_DATA_HOME": str(tmp_path)}
    return lambda *words: forked_commands.run(
        "dlq", "list", "dead", "--lift-limit", *words, *named, environment=environment
    )


def test_no_command_lifts_a_limit_on_a_read_only_connection(rabbit_host: RabbitHost, listing: List) -> None:
    make_policymaker(rabbit_host)
    result = listing("--accept-cost", "--read-only")
    assert (result.returncode, "read-only" in result.stderr) == (2, True), result
    assert listing("--accept-cost").returncode == 0


def test_no_limit_is_lifted_before_its_cost_is_agreed_to(listing: List) -> None:
    """A user who may set no policies would be told that instead."""
    result = listing()
    assert (result.returncode, "--accept-cost" in result.stderr) == (2, True), result
    assert listing("--accept-cost").returncode == 1
