"""Exported messages published again while things go wrong: none is lost, and which may be there twice is counted."""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.contract.graveyards import DEAD, WORK, Graveyard
from tests.waiting import until
from wqstudio.brokers.letters import Copy
from wqstudio.brokers.nats.letters.outlet import NatsOutlet
from wqstudio.brokers.rabbitmq.letters.outlet import RabbitOutlet
from wqstudio.domain.letter import Destination, Fate, Outcome
from wqstudio.domain.redrive import Action, Choice, MoveState, Plan, RunState
from wqstudio.engine.journal.journal import Journal
from wqstudio.engine.letters import file as letter_file
from wqstudio.engine.letters.file import LetterFileError
from wqstudio.engine.looks.dead_letters import DeadLetterWork
from wqstudio.engine.looks.desk import Desk
from wqstudio.engine.looks.process import MoveError
from wqstudio.engine.moves import importing
from wqstudio.engine.moves.redrive import new_run

BODIES = [b'{"order": %d}' % number for number in range(12)]

pytestmark = pytest.mark.parametrize("graveyard", ["nats", "rabbitmq classic"], indirect=True)


@pytest.fixture
async def file(graveyard: Graveyard, tmp_path: Path) -> Path:
    """Of messages that lie in the dead-letter queue still."""
    await graveyard.bury(BODIES)
    desk = Desk(graveyard.connection, tmp_path / "other.sqlite")
    look = desk.look(DEAD)
    await look.open()
    ids = tuple(line.id for line in await look.page(0, 50))
    await look.export(Choice(DEAD, len(ids), ids), tmp_path / "letters.jsonl")
    await desk.close()
    return tmp_path / "letters.jsonl"


async def test_a_killed_import_is_offered_and_goes_on_with_the_rest(
    graveyard: Graveyard, file: Path, tmp_path: Path
) -> None:
    desk = Desk(graveyard.connection, tmp_path / "journal.sqlite")
    run = desk.bring(Plan(str(file), Action.IMPORT))
    run.set_rate(8)
    await until(lambda: run.progress.moved >= 2)
    next(iter(desk._processes.values())).kill()
    with pytest.raises(MoveError):
        await run.ended()
    await until(lambda: not desk.runs)
    [entry] = await desk.interrupted()
    assert (entry.plan.action, entry.progress.state) == (Action.IMPORT, RunState.INTERRUPTED)
    rest = await desk.finish(entry)
    rest.set_rate(0)
    progress = await rest.ended()
    await desk.close()
    assert (progress.state, progress.total, progress.moved) == (RunState.DONE, len(BODIES), len(BODIES))
    there = await graveyard.bodies(WORK)
    assert set(there) == set(BODIES)
    assert len(there) <= len(BODIES) + progress.doubled


async def test_what_nobody_knows_to_be_published_is_neither_refused_nor_forgotten(
    graveyard: Graveyard, file: Path, work: DeadLetterWork, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broker stored it, and its confirm was lost."""
    monkeypatch.setattr(importing, "_PORTION", 5)
    unsure_of_the_last(monkeypatch)
    run = new_run()
    first = await work.bring(run, Plan(str(file), Action.IMPORT)).run()
    assert (first.state, first.moved, first.refused) == (RunState.INTERRUPTED, 4, 0)
    assert "nobody knows" in first.trouble
    assert journal.counts(run) == {MoveState.INTENDED: 1, MoveState.REMOVED: 4}
    monkeypatch.undo()
    rest = await work.finish(run).run()
    twice = 0 if graveyard.deduplicates else 1
    assert (rest.state, rest.moved, rest.refused, rest.doubled) == (RunState.DONE, len(BODIES), 0, twice)
    assert len(await graveyard.bodies(WORK)) == len(BODIES) + twice


async def test_what_an_earlier_import_published_is_said_before_and_after(
    graveyard: Graveyard, file: Path, work: DeadLetterWork, journal: Journal
) -> None:
    """Whatever the file is called by now. Elsewhere it was not published yet."""
    plan = Plan(str(file), Action.IMPORT)
    assert (await work.foresee_import(plan)).earlier == ()
    first = await work.bring("first", plan).run()
    assert (first.moved, first.repeated, first.prevented) == (len(BODIES), 0, 0)
    renamed = replace(plan, queue=str(await asyncio.to_thread(file.rename, file.with_name("again.jsonl"))))
    found = await work.foresee_import(renamed)
    assert [(each.run, each.count) for each in found.earlier] == [("first", len(BODIES))]
    assert bool(found.remembered) == graveyard.deduplicates
    assert (await work.foresee_import(replace(renamed, destination=Destination(DEAD, "dead.x")))).earlier == ()
    again = await work.bring("second", renamed).run()
    twice = 0 if graveyard.deduplicates else len(BODIES)
    assert (again.state, again.moved, again.repeated) == (RunState.DONE, twice, twice)
    assert again.prevented == len(BODIES) - twice
    entry = journal.entry("second")
    assert entry is not None
    assert entry.progress == again
    assert len(await graveyard.bodies(WORK)) == len(BODIES) + twice


async def test_letters_that_are_alike_are_each_published(
    graveyard: Graveyard, work: DeadLetterWork, tmp_path: Path
) -> None:
    """Though NATS would know the second one by its id, were that made of what is published alone."""
    for name in ("one", "other"):
        await graveyard.bury([b"alike"])
        async with work.looking(DEAD) as letters:
            batches = [batch async for batch in letters.batches(10)]
            found = [(held, letters.read(held)) for batch in batches for held in batch]
            lines = [letter_file.as_line(*each, graveyard.home, graveyard.connection.product) for each in found]
        (tmp_path / f"{name}.jsonl").write_text(lines[-1])
    for name in ("one", "other"):
        progress = await work.bring(name, Plan(str(tmp_path / f"{name}.jsonl"), Action.IMPORT)).run()
        assert (progress.moved, progress.prevented) == (1, 0)
    assert await graveyard.bodies(WORK) == [b"alike"] * 2


async def test_what_was_imported_is_published_elsewhere_all_the_same(
    graveyard: Graveyard, file: Path, work: DeadLetterWork
) -> None:
    """To another subject of the same stream (NATS)."""
    elsewhere = Destination(WORK, f"{WORK}.elsewhere" if graveyard.deduplicates else WORK)
    await work.bring("first", Plan(str(file), Action.IMPORT)).run()
    progress = await work.bring("second", Plan(str(file), Action.IMPORT, elsewhere)).run()
    assert (progress.moved, progress.prevented) == (len(BODIES), 0)
    assert len(await graveyard.bodies(WORK)) == 2 * len(BODIES)


async def test_another_file_than_before_is_not_gone_on_with(
    file: Path, work: DeadLetterWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    unsure_of_the_last(monkeypatch)
    run = new_run()
    await work.bring(run, Plan(str(file), Action.IMPORT)).run()
    empty_the_last(file)
    with pytest.raises(LetterFileError, match="not as it was"):
        await work.finish(run).run()


async def test_a_file_that_begins_otherwise_than_before_is_not_gone_on_with(
    graveyard: Graveyard, file: Path, work: DeadLetterWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though what was under way is the same: what was published of it is not, and would count as if it were."""
    monkeypatch.setattr(importing, "_PORTION", 5)
    unsure_of_the_last(monkeypatch)
    run = new_run()
    await work.bring(run, Plan(str(file), Action.IMPORT)).run()
    monkeypatch.undo()
    whole = empty_the_first(file)
    with pytest.raises(LetterFileError, match=r"letters\.jsonl is not as it was .* line 1 is another one"):
        await work.finish(run).run()
    assert [entry.id for entry in work.interrupted()] == [run]
    whole()
    assert (await work.finish(run).run()).state is RunState.DONE
    assert set(await graveyard.bodies(WORK)) == set(BODIES)


def empty_the_first(file: Path) -> Callable[[], object]:
    """What puts it back as it was."""
    whole = file.read_text()
    first, *others = whole.splitlines()
    file.write_text("\n".join([json.dumps(json.loads(first) | {"body": ""}), *others]))
    return lambda: file.write_text(whole)


def empty_the_last(file: Path) -> None:
    lines = file.read_text().splitlines()
    file.write_text("\n".join([*lines[:-1], json.dumps(json.loads(lines[-1]) | {"body": ""})]))


def unsure_of_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of each portion."""
    for outlet in (NatsOutlet, RabbitOutlet):
        monkeypatch.setattr(outlet, "put", _forgetful(outlet))


def _forgetful(outlet: type[NatsOutlet | RabbitOutlet]) -> object:
    put = outlet.put

    async def put_and_forget(self: NatsOutlet | RabbitOutlet, copies: Sequence[Copy]) -> Sequence[Outcome]:
        outcomes = await put(self, copies)  # type: ignore[arg-type]  # its own outlet
        return [*outcomes[:-1], Outcome(Fate.UNSURE, reason="nobody knows whether it arrived.")]

    return put_and_forget
