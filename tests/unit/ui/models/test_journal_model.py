"""The journal's table: pages, news on top, runs that go on."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest
from PySide6.QtCore import QModelIndex
from PySide6.QtTest import QAbstractItemModelTester

from tests.waiting import until
from wqstudio.domain.letter import Destination
from wqstudio.domain.redrive import Action, MoveState, Owner, Plan, Progress, Refusal, RunState
from wqstudio.engine.journal.journal import Entry
from wqstudio.engine.moves import plan_words
from wqstudio.ui.models import journal_texts as texts
from wqstudio.ui.models.journal import JournalModel

pytestmark = pytest.mark.usefixtures("qapp")

PLAN = Plan("dead", destination=Destination("jobs", "jobs"), ids=(1, 2))
DONE = Progress(RunState.DONE, 2, 2, 2)


def entry(number: int, progress: Progress = DONE) -> Entry:
    return Entry(f"run{number}", 1_000.0 + number, 1_004.0 + number, "NATS here", PLAN, progress)


class Shelf:
    """What the journal has, newest first."""

    def __init__(self, count: int) -> None:
        self.entries = [entry(number) for number in reversed(range(count))]
        self.reads: list[tuple[int, int]] = []

    async def read(self, first: int, count: int) -> Sequence[Entry]:
        self.reads.append((first, count))
        return self.entries[first : first + count]


def ids(model: JournalModel) -> list[str]:
    return [model.entry(row).id for row in range(model.rowCount())]


async def of(shelf: Shelf) -> JournalModel:
    model = JournalModel(shelf.read)
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, model)
    await model.reload()
    return model


async def test_pages_are_read_when_they_are_asked_for() -> None:
    shelf = Shelf(450)
    model = JournalModel(shelf.read)  # a model tester would fetch all there is
    await model.reload()
    assert (model.rowCount(), model.canFetchMore()) == (200, True)
    model.fetchMore()
    model.fetchMore()  # as a table does that is scrolled meanwhile
    await until(lambda: model.rowCount() == 400)
    model.fetchMore()
    await until(lambda: model.rowCount() == 450)
    assert not model.canFetchMore()
    assert shelf.reads == [(0, 200), (200, 200), (400, 200)]


async def test_what_was_asked_before_comes_too_late() -> None:
    answers: list[asyncio.Future[Sequence[Entry]]] = []

    async def read(_first: int, _count: int) -> Sequence[Entry]:
        answers.append(asyncio.get_running_loop().create_future())
        return await answers[-1]

    model = JournalModel(read)
    before = asyncio.create_task(model.reload())
    await until(lambda: len(answers) == 1)
    model.restart()
    now = asyncio.create_task(model.reload())
    await until(lambda: len(answers) == 2)
    answers[1].set_result([entry(2)])
    answers[0].set_result([entry(1)])
    await asyncio.gather(before, now)
    assert ids(model) == ["run2"]


async def test_what_is_new_comes_on_top_and_what_changed_is_announced() -> None:
    shelf = Shelf(3)
    model = await of(shelf)
    inserted: list[tuple[int, int]] = []
    changed: list[int] = []
    model.rowsInserted.connect(lambda _parent, first, last: inserted.append((first, last)))
    model.dataChanged.connect(lambda first, _last: changed.append(first.row()))
    shelf.entries[1] = replace(shelf.entries[1], progress=replace(DONE, refused=1))
    shelf.entries = [entry(4), entry(3), *shelf.entries]
    await model.reload()
    assert ids(model) == ["run4", "run3", "run2", "run1", "run0"]
    assert (inserted, changed) == ([(0, 1)], [3])


async def test_a_full_page_keeps_what_was_read_below_it() -> None:
    shelf = Shelf(200)
    model = await of(shelf)
    shelf.entries.insert(0, entry(999))
    await model.reload()
    assert model.rowCount() == 201
    assert ids(model)[:2] == ["run999", "run199"]


async def test_a_run_that_goes_on_is_followed() -> None:
    model = await of(Shelf(2))
    assert model.follow("run1", Progress(RunState.RUNNING, 10, 5, 5))
    assert not model.follow("other", DONE)
    row = [model.index(0, column).data() for column in range(4)]
    assert row[1:] == ["Requeue dead → jobs", "5", "running, 50%"]
    assert model.index(0, 4, QModelIndex()).data() == "4.0\N{NARROW NO-BREAK SPACE}s"


def test_the_detail_says_why_and_what_became_of_each() -> None:
    progress = replace(DONE, refused=1, refusals=(Refusal("it is full", 1),))
    sections = texts.sections(entry(1, progress), {MoveState.REMOVED: 2, MoveState.REFUSED: 1}, "It was an undo.")
    told = {section.title: [fact.text for fact in section.facts] for section in sections}
    assert told["What"] == ["Requeue dead → jobs: 2 chosen"]
    assert told["Why refused"] == ["1: it is full"]
    assert told["Each message"] == ["2 requeued", "1 refused: stayed where they were"]
    assert told["Undo"] == ["It was an undo."]


def test_what_was_given_up_has_not_failed_and_what_was_all_refused_is_not_done() -> None:
    given_up = replace(DONE, state=RunState.FAILED, trouble=plan_words.GIVEN_UP)
    assert texts.result(Plan("dead"), given_up) == "given up"
    assert texts.result(Plan("dead"), replace(DONE, moved=0, refused=13)) == "nothing moved, 13 refused"
    assert texts.result(Plan("dead"), replace(DONE, moved=1, refused=12)) == "done, 12 refused"


def test_what_was_left_to_another_run_has_words_of_its_own() -> None:
    progress = replace(DONE, foreign=3, owners=(Owner("ab12", 3),))
    assert texts.result(Plan("dead"), progress) == "done, 3 left"
    sections = texts.sections(entry(1, progress), {MoveState.FOREIGN: 3}, "")
    told = {section.title: [fact.text for fact in section.facts] for section in sections}
    assert told["Result"] == ["Requeued 2, 3 left to run ab12, which was not finished: finish it first"]
    assert told["Each message"] == ["3 left to other runs: stayed where they were"]
    assert "Why refused" not in told


def test_what_was_discarded_is_not_said_to_be_moved() -> None:
    run = entry(1, DONE)
    discarded = replace(run, plan=replace(run.plan, action=Action.DISCARD, destination=None))
    sections = texts.sections(discarded, {MoveState.REMOVED: 2}, "")
    assert [fact.text for section in sections if section.title == "Each message" for fact in section.facts] == [
        "2 discarded"
    ]
