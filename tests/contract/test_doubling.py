"""What may be there twice is counted, whatever dies between a copy and the word that it was made."""

from collections.abc import Collection, Sequence
from contextlib import closing
from io import StringIO
from pathlib import Path

import pytest

from tests.contract.fuse import Blow
from tests.contract.graveyards import DEAD, Graveyard, everything
from tests.contract.mortal import BATCH, Mortals, Order
from tests.faults import Faults
from wqstudio.brokers.letters import Copy, Held
from wqstudio.brokers.nats.letters.copies import NatsCopies
from wqstudio.brokers.nats.letters.outlet import NatsOutlet
from wqstudio.brokers.rabbitmq.letters.outlet import RabbitOutlet
from wqstudio.domain.letter import Fate, Outcome
from wqstudio.domain.redrive import Action, MoveState, Plan, RunState
from wqstudio.engine.journal.journal import Journal, Move
from wqstudio.engine.journal.place import place_of
from wqstudio.engine.letters import file as letter_file
from wqstudio.engine.letters.file import Imported
from wqstudio.engine.looks.dead_letters import DeadLetterWork
from wqstudio.engine.moves import redrive
from wqstudio.engine.moves.redrive import new_run

BODIES = [b'{"order": %d}' % number for number in range(BATCH)]
"""One batch."""
_STORED = 3
"""Steps around the publishing of a batch: at the last, all of it is confirmed, and nothing of that in the journal."""
_INTENDED = 2
"""Steps before, where the batch is begun: it is written that it is."""


async def test_each_of_several_kills_between_copy_and_journal_counts(
    graveyard: Graveyard, work: DeadLetterWork, mortals: Mortals, tmp_path: Path, faults: Faults
) -> None:
    await graveyard.bury(BODIES)
    run, plan = new_run(), Plan(DEAD, destination=graveyard.home)
    for step in (_INTENDED + _STORED, _STORED):
        order = Order(graveyard.connection, tmp_path / "journal.sqlite", run, plan, blow=Blow.KILL, step=step)
        assert await mortals.run(order) is None
    progress = await work.finish(run).run()
    assert (progress.state, progress.moved) == (RunState.DONE, len(BODIES))
    figures = faults.note("killed twice after the copies, finished", BODIES, await everything(graveyard))
    assert figures.lost == 0
    assert figures.doubled == progress.doubled == (0 if graveyard.deduplicates else 2 * len(BODIES))


async def test_what_somebody_takes_while_nobody_knows_whether_it_was_copied_counts(
    graveyard: Graveyard, work: DeadLetterWork, mortals: Mortals, tmp_path: Path, faults: Faults
) -> None:
    """Workers have had the copies by then, so on no broker can these be found."""
    await graveyard.bury(BODIES)
    run, plan = new_run(), Plan(DEAD, destination=graveyard.home)
    step = _INTENDED + _STORED
    order = Order(graveyard.connection, tmp_path / "journal.sqlite", run, plan, blow=Blow.KILL, step=step)
    assert await mortals.run(order) is None
    had = [*await graveyard.take(2, settle=True), *await graveyard.take_dead(2)]
    progress = await work.finish(run).run()
    assert (progress.state, progress.moved, progress.gone) == (RunState.DONE, len(BODIES) - 2, 2)
    figures = faults.note("killed after the copies, then two taken", BODIES, [*had, *await everything(graveyard)])
    assert figures.lost == 0
    assert figures.doubled == progress.doubled == (2 if graveyard.deduplicates else len(BODIES))
    with closing(Journal(tmp_path / "journal.sqlite")) as journal:
        reasons = {move.reason for move in journal.moves(run, {MoveState.GONE})}
    assert reasons == {"it was not there any more, and a copy of it may have been stored"}


@pytest.mark.parametrize("graveyard", ["nats"], indirect=True)
@pytest.mark.parametrize(
    ("step", "before", "after"),
    [(_INTENDED + 1, 0, 0), (_INTENDED + _STORED, 0, 0), (_INTENDED + _STORED, 2, 0), (_INTENDED + _STORED, 0, 2)],
)
async def test_after_a_restart_of_the_server_no_more_are_doubtful_than_it_may_have_forgotten(
    graveyard: Graveyard,
    work: DeadLetterWork,
    mortals: Mortals,
    tmp_path: Path,
    faults: Faults,
    *,
    step: int,
    before: int,
    after: int,
) -> None:
    """What a worker took ``before`` it. What it finds in its stream it knows again, though that is taken ``after`` it;
    and what is neither there nor has left never came.
    """
    await graveyard.bury(BODIES)
    await graveyard.work_on([b"old"])
    await graveyard.take(1, settle=True)
    run, plan = new_run(), Plan(DEAD, destination=graveyard.home)
    order = Order(graveyard.connection, tmp_path / "journal.sqlite", run, plan, blow=Blow.KILL, step=step)
    assert await mortals.run(order) is None
    had = await graveyard.take(before, settle=True) if before else []
    await graveyard.leave()
    graveyard.kill()
    graveyard.start()
    had += await graveyard.take(after, settle=True) if after else []
    progress = await work.finish(run).run()
    assert (progress.state, progress.moved) == (RunState.DONE, len(BODIES))
    figures = faults.note("killed, then the server restarted", BODIES, [*had, *await everything(graveyard)])
    assert figures.lost == 0
    assert figures.doubled == progress.doubled == before


async def test_each_pass_over_a_link_that_loses_the_confirms_counts(
    graveyard: Graveyard, work: DeadLetterWork, faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redrive, "AGAIN_AFTER", 0.05)
    _lose_confirms(monkeypatch, times=2)
    await graveyard.bury(BODIES)
    progress = await work.redrive(Plan(DEAD, destination=graveyard.home)).run()
    assert (progress.state, progress.moved) == (RunState.DONE, len(BODIES))
    figures = faults.note("confirms lost twice", BODIES, await everything(graveyard))
    assert figures.lost == 0
    assert figures.doubled == progress.doubled == (0 if graveyard.deduplicates else 2 * len(BODIES))


@pytest.mark.parametrize("graveyard", ["rabbitmq classic"], indirect=True)
async def test_what_was_copied_perhaps_and_is_refused_then_may_be_in_both_places(
    graveyard: Graveyard, work: DeadLetterWork, mortals: Mortals, tmp_path: Path, faults: Faults
) -> None:
    await graveyard.bury(BODIES)
    run, plan = new_run(), Plan(DEAD, destination=graveyard.home)
    journal = tmp_path / "journal.sqlite"
    killed = Order(graveyard.connection, journal, run, plan, blow=Blow.KILL, step=_INTENDED + _STORED)
    assert await mortals.run(killed) is None
    await graveyard.limit_work(len(BODIES))
    progress = await work.finish(run).run()
    figures = faults.note("killed after the copies, target full then", BODIES, await everything(graveyard))
    assert figures.lost == 0
    assert figures.doubled <= progress.doubled == len(BODIES)


async def test_what_an_import_doubles_is_on_the_disk_before_it_is_called_published(
    graveyard: Graveyard, work: DeadLetterWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    await graveyard.bury(BODIES)
    letters = await _exported(work, graveyard)
    run, plan = new_run(), Plan("letters.jsonl", Action.IMPORT)
    with monkeypatch.context() as patch:
        _lose_confirms(patch, times=1)
        assert (await work.bring(run, plan, read=lambda: letters).run()).state is RunState.INTERRUPTED
    told = _doubled_on_disk_at(monkeypatch, run, MoveState.REMOVED)
    progress = await work.bring(run, plan, read=lambda: letters).run()
    assert progress.doubled == (0 if graveyard.deduplicates else len(BODIES))
    assert told == [progress.doubled]


@pytest.mark.parametrize("graveyard", ["nats"], indirect=True)
async def test_what_an_undo_doubles_is_on_the_disk_before_it_is_called_removed(
    graveyard: Graveyard, work: DeadLetterWork, monkeypatch: pytest.MonkeyPatch, faults: Faults
) -> None:
    """A worker is given copies after they were put back, and before they are removed from him."""
    await graveyard.bury(BODIES)
    done = work.redrive(Plan(DEAD, destination=graveyard.home))
    await done.run()
    plain = NatsCopies.remove

    async def remove(copies: NatsCopies, letters: Sequence[Held]) -> Collection[int]:
        await graveyard.take(2, settle=False)
        return await plain(copies, letters)

    monkeypatch.setattr(NatsCopies, "remove", remove)
    undo = work.undo(done.id)
    told = _doubled_on_disk_at(monkeypatch, undo.id, MoveState.REMOVED)
    progress = await undo.run()
    figures = faults.note("undone while a worker is given copies", BODIES, await everything(graveyard))
    assert (figures.lost, figures.doubled) == (0, 2)
    assert progress.doubled == 2
    assert told == [2]


@pytest.mark.parametrize("action", [Action.REQUEUE, Action.DISCARD])
async def test_what_is_half_done_when_a_run_is_given_up_may_be_in_both_places(
    graveyard: Graveyard, work: DeadLetterWork, journal: Journal, action: Action
) -> None:
    await graveyard.bury(BODIES)
    async with work.looking(DEAD) as letters:
        marks = [letters.fingerprint(held) async for batch in letters.batches(10) for held in batch]
    states = [MoveState.REMOVED, MoveState.COPIED, MoveState.COPIED, MoveState.INTENDED]
    plan = Plan(DEAD, action, graveyard.home if action is Action.REQUEUE else None)
    journal.begin("interrupted", place_of(graveyard.connection), plan, len(BODIES))
    moves = [Move(number, mark, state) for number, (mark, state) in enumerate(zip(marks, states, strict=True))]
    journal.record("interrupted", moves)
    assert work.drop("interrupted") == 3
    entry = journal.entry("interrupted")
    assert entry is not None
    assert entry.progress.doubled == (3 if action is Action.REQUEUE else 0)


async def _exported(work: DeadLetterWork, graveyard: Graveyard) -> list[Imported]:
    product = graveyard.connection.product
    async with work.looking(DEAD) as letters:
        found = [(held, letters.read(held)) async for batch in letters.batches(10) for held in batch]
    lines = [letter_file.as_line(*each, graveyard.home, product) for each in found]
    return list(letter_file.read(StringIO("\n".join(lines)), product))


def _lose_confirms(monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    """Of the first so many batches, which the broker has stored."""
    for outlet in (NatsOutlet, RabbitOutlet):
        monkeypatch.setattr(outlet, "put", _forgetful(outlet, times))


def _forgetful(outlet: type[NatsOutlet | RabbitOutlet], times: int) -> object:
    put, left = outlet.put, times

    async def put_and_forget(self: NatsOutlet | RabbitOutlet, copies: Sequence[Copy]) -> Sequence[Outcome]:
        nonlocal left
        outcomes = await put(self, copies)  # type: ignore[arg-type]  # its own outlet
        left -= 1
        return outcomes if left < 0 else [Outcome(Fate.UNSURE, reason="nobody knows whether it arrived.")] * len(copies)

    return put_and_forget


def _doubled_on_disk_at(monkeypatch: pytest.MonkeyPatch, run: str, state: MoveState) -> list[int]:
    """What the journal says of that, each time that moves of the run come to that state."""
    told: list[int] = []
    record = Journal.record

    def look_and_record(
        self: Journal, of: str, moves: Sequence[Move], to: MoveState | None = None, rebegun: int = 0
    ) -> None:
        if of == run and state in {to or move.state for move in moves}:
            entry = self.entry(run)
            assert entry is not None
            told.append(entry.progress.doubled)
        record(self, of, moves, to, rebegun)

    monkeypatch.setattr(Journal, "record", look_and_record)
    return told
