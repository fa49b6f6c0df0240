"""Plays scenarios without a window and tells whether they came out as expected."""

import asyncio
import os
import sys
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

from wqstudio import __version__
from wqstudio.brokers.local.choice import local_server
from wqstudio.brokers.local.errors import LocalServerError
from wqstudio.brokers.port import BrokerError, UnsupportedError
from wqstudio.domain.connection import Connection, Product
from wqstudio.domain.events import Event, Level, Topic
from wqstudio.domain.scenario import Scenario
from wqstudio.engine.playing.player import Player
from wqstudio.engine.report.html import page_html
from wqstudio.engine.report.of_runs import page_of
from wqstudio.engine.report.page import Page
from wqstudio.engine.studio import Studio
from wqstudio.options import RunOptions
from wqstudio.run_output import Failure, Outcome, Skipped, as_json, as_junit, as_list, as_text, line_of, went_well
from wqstudio.scenarios import SCENARIOS
from wqstudio.scenarios.own import own_scenarios
from wqstudio.scenarios.problems import ScenarioError, no_such
from wqstudio.scenarios.reading import read_file
from wqstudio.scenarios.sittings import Result, Round, Sitting, play, side_by_side, sittings
from wqstudio.signalled import cancel_when_signalled
from wqstudio.terminal import tame

_KEPT = "\n\t\N{NARROW NO-BREAK SPACE}"


class _AskedWronglyError(Exception):
    pass


def run_scenarios(options: RunOptions) -> int:
    """0: all came out as expected; 1: not so, or it could not be played; 2: it was asked for wrongly."""
    try:
        if options.listing:
            listed = as_list(SCENARIOS, _own_that_can_be_played(), json=options.as_json)
            print(listed if options.as_json else tame(listed, _KEPT))
            return 0
        wanted = _wanted(options)
        _check_files(options)
        skipped = _not_here(options)
        for each in skipped:
            _say(str(each))
        outcomes = [*_played(wanted, options), *skipped]
    except (ScenarioError, _AskedWronglyError) as error:
        _complain(str(error))
        return 2
    results = [outcome for outcome in outcomes if isinstance(outcome, Result)]
    if options.as_json:
        print(as_json(outcomes))
    elif results:
        print(tame(as_text(results), _KEPT))
    if not _files_written(options, outcomes, results):
        return 1
    return 0 if went_well(outcomes) else 1


def _played(wanted: Sequence[Sitting], options: RunOptions) -> list[Outcome]:
    """Of what is stopped before the end, what was played until then counts."""
    outcomes: list[Outcome] = []
    try:
        asyncio.run(_until_signalled(wanted, options, outcomes))
    except (KeyboardInterrupt, asyncio.CancelledError):
        left = wanted[len(outcomes) :]
        of_all = f"; {len(outcomes)} of {len(wanted)} were played" if len(wanted) > 1 else ""
        _complain(f"stopped before the end{f'; there is no ledger of {left[0]}' if left else ''}{of_all}")
        outcomes += [Failure(sitting, "stopped before its end", stopped=True) for sitting in left]
    return outcomes


def _check_files(options: RunOptions) -> None:
    """Before minutes are spent on playing what could not be kept."""
    files = {"--junit": options.junit, "--report": options.report}
    for option, file in files.items():
        if file is not None and (why_not := _unwritable(file)):
            raise _AskedWronglyError(f"{option}: {file} cannot be written: {why_not}")
    if options.junit is not None and options.report is not None and options.junit.resolve() == options.report.resolve():
        raise _AskedWronglyError(f"--junit and --report both name {options.report}; one would replace the other")


def _unwritable(file: Path) -> str:
    """Empty: as far as can be known, it is not."""
    folder = file.parent
    if file.is_dir():
        return "it is a folder"
    if not folder.is_dir():
        return f"{folder} is not a folder" if folder.exists() else f"there is no folder {folder}"
    return "" if os.access(file if file.exists() else folder, os.W_OK) else "you may not write there"


def _files_written(options: RunOptions, outcomes: Sequence[Outcome], results: Sequence[Result]) -> bool:
    """Each that was asked for, whatever became of the other; a report tells only of what could be played."""
    files: list[tuple[Path, str]] = []
    if options.junit is not None:
        files.append((options.junit, as_junit(outcomes)))
    if options.report is not None and results:
        files.append((options.report, page_html(*map(_page, side_by_side(results)))))
    written = [_written(file, text) for file, text in files]
    return all(written)


def _page(result: Result) -> Page:
    return page_of(result.sitting.scenario, result.runs, result.verdicts, f"wqstudio {__version__}")


def _product(options: RunOptions) -> Product | None:
    """None: of which it is, is for each scenario to say."""
    return options.product if options.connection is None else options.connection.product


def _not_here(options: RunOptions) -> list[Skipped]:
    """Of all there are, those that are not for the broker at hand."""
    product = _product(options)
    if not options.every or product is None:
        return []
    others = [scenario for scenario in SCENARIOS if not sittings(scenario, (product,))]
    return [Skipped(scenario, (product,), f"it is for {_titles(scenario)}") for scenario in others]


def _titles(scenario: Scenario) -> str:
    return " and ".join(product.title for product in scenario.products)


def _wanted(options: RunOptions) -> list[Sitting]:
    product = _product(options)
    if options.every:
        products = tuple(Product) if product is None else (product,)
        every = [_timed(scenario, options) for scenario in SCENARIOS]
        found = [sitting for scenario in every for sitting in sittings(scenario, products)]
        return sorted(found, key=lambda sitting: [list(Product).index(each) for each in sitting.products])
    scenario = _timed(_scenario(options.scenario), options)
    if options.setting and options.setting not in {setting.name for setting in scenario.settings}:
        names = ", ".join(setting.name for setting in scenario.settings) or "none"
        raise _AskedWronglyError(f"{scenario.name} has no setting {options.setting!r}; there are: {names}")
    found = sittings(scenario, None if product is None else (product,), options.setting)
    if not found:
        raise _AskedWronglyError(f"{scenario.name} is a scenario for {_titles(scenario)}; name such a broker")
    return found


def _scenario(name: str) -> Scenario:
    if name.endswith(".toml") or "/" in name:
        return read_file(Path(name))
    if (found := SCENARIOS.named(name)) is not None:
        return found
    names = [known.name for known in SCENARIOS]
    for file, own in own_scenarios():
        if isinstance(own, Scenario):
            if own.name == name:
                return own
            names.append(own.name)
        elif file.stem == name:
            raise own
    if (file := Path(f"{name}.toml")).is_file():
        raise _AskedWronglyError(f'there is no scenario "{name}", but a file {file}; play it with: wqstudio run {file}')
    raise _AskedWronglyError(no_such("scenario", name, names, most=len(names)))


def _own_that_can_be_played() -> list[Scenario]:
    """What is wrong with the others is said."""
    found: list[Scenario] = []
    for _, own in own_scenarios():
        if isinstance(own, Scenario):
            found.append(own)
        else:
            _complain(str(own))
    return found


def _timed(scenario: Scenario, options: RunOptions) -> Scenario:
    return scenario if options.seconds is None else replace(scenario, seconds=options.seconds)


async def _until_signalled(wanted: Sequence[Sitting], options: RunOptions, outcomes: list[Outcome]) -> None:
    """Adds to ``outcomes``."""
    task = asyncio.current_task()
    assert task is not None
    cancel_when_signalled(task)
    async with AsyncExitStack() as stack:
        brokers = _Brokers(options.connection, stack)
        for sitting in wanted:
            outcomes.append(await _play(sitting, brokers, options))  # noqa: PERF401 - a list of all is none when stopped


async def _play(sitting: Sitting, brokers: "_Brokers", options: RunOptions) -> Outcome:
    """One that cannot be played keeps no other from being played."""
    began = time.monotonic()
    try:
        result = await play(sitting, brokers.player, _announce, keep=options.keep and options.connection is not None)
    except (BrokerError, LocalServerError) as error:
        if options.every and isinstance(error, UnsupportedError):
            skipped = Skipped(sitting.scenario, sitting.products, str(error))
            _say(str(skipped))
            return skipped
        _complain(f"{sitting.scenario.title} could not be played: {error}")
        return Failure(sitting, str(error))
    finally:
        for left in brokers.left_behind():
            _complain(f"could not remove what the run made: {left}")
    _say(line_of(result, time.monotonic() - began))
    return result


class _Brokers:
    """Each started, or connected to, when it is first asked for, and shared by all that is played there."""

    def __init__(self, connection: Connection | None, stack: AsyncExitStack) -> None:
        self._connection = connection
        self._stack = stack
        self._players: dict[Product, Player] = {}
        self._missing: dict[Product, BrokerError | LocalServerError] = {}
        """Local brokers that could not be started, or not be opened."""

    async def player(self, product: Product) -> Player:
        """Raises what starting and opening it raised, each time it is asked for."""
        if product in self._missing:
            raise self._missing[product]
        if product not in self._players:
            try:
                self._players[product] = await self._open(product)
            except (BrokerError, LocalServerError) as error:
                if self._connection is None:
                    self._missing[product] = error
                raise
        return self._players[product]

    def left_behind(self) -> list[str]:
        return [player.left_behind for player in self._players.values() if player.left_behind]

    async def _open(self, product: Product) -> Player:
        connection, restart = self._connection, None
        if connection is None:
            _say(f"starting a local {product.title} …")
            server = local_server(product, on_event=_on_event)
            await server.start()
            self._stack.push_async_callback(server.stop)
            connection, restart = server.connection, server.restart
        studio = await Studio.open(connection)
        self._stack.push_async_callback(studio.close)
        studio.subscribe_events(_on_event)
        return Player(studio, restart)


def _written(file: Path, text: str) -> bool:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        _complain(f"could not write {file}: {error.strerror or error}")
        return False
    return True


def _announce(each: Round) -> None:
    _say(f"{each} …")


def _say(text: str) -> None:
    """How it goes on is told on the standard error; what came of it, alone, on the standard output."""
    print(tame(text, _KEPT), file=sys.stderr, flush=True)


def _complain(text: str) -> None:
    _say("\n".join(f"wqstudio: {line}" for line in text.splitlines()))


def _on_event(event: Event) -> None:
    """A command that failed is left to whoever gave it."""
    if event.level is Level.ERROR and event.topic is not Topic.COMMAND:
        _complain(event.text)
