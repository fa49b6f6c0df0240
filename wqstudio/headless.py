"""Plays a scenario without a window and prints its ledger."""

import asyncio
import json
import signal
import sys
from contextlib import AsyncExitStack
from dataclasses import asdict

from wqstudio.brokers.local.choice import local_server
from wqstudio.brokers.local.errors import LocalServerError
from wqstudio.brokers.port import BrokerError
from wqstudio.domain.events import Event, Level, Topic
from wqstudio.domain.ledger import Account
from wqstudio.domain.scenario import Scenario
from wqstudio.engine.studio import Studio
from wqstudio.options import RunOptions
from wqstudio.scenarios import SCENARIOS, adapted


def run_scenario(options: RunOptions) -> int:
    """0: every task is accounted for and none was lost; 1: not so, or it could not be run; 2: no such scenario."""
    scenario = next((known for known in SCENARIOS if known.name == options.scenario), None)
    if scenario is None:
        names = ", ".join(known.name for known in SCENARIOS)
        print(f"wqstudio: there is no scenario {options.scenario!r}; there are: {names}", file=sys.stderr)
        return 2
    try:
        account = asyncio.run(_until_signalled(scenario, options))
    except (BrokerError, LocalServerError) as error:
        print(f"wqstudio: {scenario.title} could not be played: {error}", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("wqstudio: stopped before the end; there is no ledger", file=sys.stderr)
        return 1
    print(_as_json(account, options) if options.as_json else _as_text(account, scenario))
    return 0 if account.balanced and not account.lost else 1


async def _until_signalled(scenario: Scenario, options: RunOptions) -> Account:
    """A SIGTERM ends the run as Ctrl+C does: in good order."""
    task = asyncio.current_task()
    assert task is not None
    if sys.platform != "win32":
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await _play(scenario, options)


async def _play(scenario: Scenario, options: RunOptions) -> Account:
    async with AsyncExitStack() as stack:
        connection = options.connection
        if connection is None:
            server = local_server(options.product, on_event=_complain)
            await server.start()
            stack.push_async_callback(server.stop)
            connection = server.connection
        studio = await Studio.open(connection)
        stack.push_async_callback(studio.close)
        studio.subscribe_events(_complain)
        if options.connection is not None and not options.keep:
            stack.push_async_callback(_clear_away, studio)
        await studio.play(adapted(scenario, connection.product))
        await studio.at_work()
        await asyncio.sleep(options.seconds)
        return await studio.settle()


async def _clear_away(studio: Studio) -> None:
    """The ledger is printed also where something could not be removed."""
    try:
        await studio.clear_away()
    except BrokerError as error:
        print(f"wqstudio: could not remove what the run made: {error}", file=sys.stderr)


def _complain(event: Event) -> None:
    """Trouble goes to the standard error; the ledger alone to the standard output.

    A command that failed is left to whoever gave it.
    """
    if event.level is Level.ERROR and event.topic is not Topic.COMMAND:
        print(f"wqstudio: {event.text}", file=sys.stderr)


def _as_json(account: Account, options: RunOptions) -> str:
    head = {"scenario": options.scenario, "seconds": options.seconds, "balanced": account.balanced}
    return json.dumps(head | asdict(account), indent=2)


def _as_text(account: Account, scenario: Scenario) -> str:
    lines = [
        f"{scenario.title}: {account.published} published",
        f"  acknowledged  {account.acknowledged:>7}",
        f"  terminated    {account.terminated:>7}",
        f"  still stored  {account.stored:>7}",
        f"  lost          {account.lost:>7}",
        f"  duplicated    {account.duplicated:>7}",
        "",
        f"  {'worker':<14}{'acked':>7}{'failed':>8}{'redelivered':>13}",
    ]
    lines += [
        f"  {worker.name:<14}{worker.acknowledged:>7}{worker.failed:>8}{worker.redelivered:>13}"
        for worker in account.workers
    ]
    verdict = "the sums agree" if account.balanced else "the sums do NOT agree"
    return "\n".join([*lines, "", f"  {verdict}"])
