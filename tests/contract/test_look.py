"""Looks at dead letters from the window: a process of their own that pages, filters, counts, exports and moves."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.contract.graveyards import DEAD, WORK, Graveyard
from tests.waiting import until
from wqstudio.brokers.port import RefusedError
from wqstudio.brokers.rabbitmq.letters import letters
from wqstudio.domain.letter import Edit
from wqstudio.domain.redrive import Action, Choice, Match, Plan, RunState
from wqstudio.domain.survey import Survey
from wqstudio.engine.journal.journal import Journal
from wqstudio.engine.journal.place import place_of
from wqstudio.engine.letters.bodies import preview
from wqstudio.engine.letters.file import LetterFileError
from wqstudio.engine.looks import sample
from wqstudio.engine.looks.dead_letters import DeadLetterWork
from wqstudio.engine.looks.held_look import HeldLook
from wqstudio.engine.looks.look import Look
from wqstudio.engine.looks.process import LettersProcess, LookError, MoveError
from wqstudio.engine.moves.redrive import new_run

BODIES = [b'{"order": %d}' % number for number in range(30)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


@pytest.fixture
async def look(graveyard: Graveyard, file: Path) -> AsyncIterator[Look]:
    await graveyard.bury(BODIES)
    look = Look(LettersProcess(graveyard.connection, file), DEAD)
    await look.open()
    yield look
    await look.close()


def _previews(bodies: Iterable[bytes]) -> list[str]:
    return [preview(body) for body in bodies]


async def _surveyed(look: Look) -> Survey:
    def done() -> bool:
        return look.survey is not None and look.survey.done

    await until(done)
    assert look.survey is not None
    return look.survey


async def test_a_look_is_paged_through_and_each_letter_read(look: Look) -> None:
    assert (look.standing.count, look.shown) == (30, 30)
    first, last = await look.page(0, 10), await look.page(25, 10)
    assert [line.preview for line in (*first, *last)] == _previews((*BODIES[:10], *BODIES[25:]))
    assert {line.size for line in first} == {len(BODIES[0])}
    letter = await look.letter(last[-1].id)
    assert letter is not None
    assert letter.body == BODIES[-1]


async def test_what_could_not_be_removed_is_not_foreseen_to_go(graveyard: Graveyard, file: Path) -> None:
    queue = await graveyard.lay_for_good(BODIES)
    look = Look(LettersProcess(graveyard.connection, file), queue)
    assert (await look.open()).count == len(BODIES)
    for plan in (Plan(queue), Plan(queue, Action.DISCARD), Plan(queue, ids=((await look.page(0, 1))[0].id,))):
        with pytest.raises(LookError, match=r"is a stream, which keeps|forbids deleting"):
            await look.foresee(plan)
    await look.close()


async def test_what_a_page_tells_of_deaths_elsewhere_is_remembered(
    graveyard: Graveyard, look: Look, file: Path
) -> None:
    """Not on NATS, where streams are looked into for that anyway."""
    await look.page(0, 10)
    with closing(Journal(file)) as journal:
        told = journal.told_of_deaths(place_of(graveyard.connection))
    assert told == (frozenset({DEAD}) if look.holds else frozenset())


async def test_what_a_filter_means_is_counted_by_kind_and_paged_through(look: Look) -> None:
    look.sift(Match(regex=r"\b1\d\b"))
    survey = await _surveyed(look)
    assert (survey.seen, survey.total, survey.matched) == (30, 30, 10)
    assert sum(group.count for group in survey.groups) == 10
    assert [line.preview for line in await look.page(2, 4)] == _previews(BODIES[12:16])
    look.sift(None)
    assert look.shown == 30
    assert len(await look.page(0, 50)) == 30


async def test_a_filter_that_is_set_while_letters_are_counted_anew_stays(look: Look) -> None:
    refreshing = asyncio.ensure_future(look.refresh())
    await asyncio.sleep(0)  # it is asked first
    look.sift(Match(regex=r"\b1\d\b"))
    await refreshing
    assert (await _surveyed(look)).matched == 10
    assert [line.preview for line in await look.page(0, 30)] == _previews(BODIES[10:20])


async def test_while_all_are_counted_by_kind_all_are_paged_through(look: Look) -> None:
    await look.page(0, 5)
    look.sift(Match())
    assert (look.shown, look.narrowed) == (30, False)
    assert len(await look.page(0, 50)) == 30
    assert (await _surveyed(look)).matched == 30


async def test_a_filter_that_makes_no_sense_is_told(look: Look) -> None:
    look.sift(Match(regex="("))
    assert (await _surveyed(look)).matched == 0
    assert "regular expression" in look.trouble


async def test_chosen_letters_are_moved_and_the_look_goes_on(look: Look, graveyard: Graveyard) -> None:
    ids = [line.id for line in await look.page(5, 3)]
    preview = await look.foresee(Plan(DEAD, ids=tuple(ids)))
    assert (preview.count, preview.complete) == (3, True)
    run = look.begin(Plan(DEAD, ids=tuple(ids), destination=graveyard.home), lambda _: None)
    progress = await run.ended()
    assert (progress.state, progress.moved) == (RunState.DONE, 3)
    await until(lambda: look.standing.count == 27)
    left = [*BODIES[:5], *BODIES[8:]]
    assert [line.preview for line in await look.page(0, 50)] == _previews(left)
    await look.close()
    assert await graveyard.bodies(WORK) == BODIES[5:8]
    assert sorted(await graveyard.bodies(DEAD)) == sorted(left)


@pytest.mark.parametrize("graveyard", ["nats", "rabbitmq classic"], indirect=True)
async def test_a_preview_of_some_knows_of_how_many(
    graveyard: Graveyard, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where all are meant, or the filter is the very one that was counted by."""
    await graveyard.bury([b"%d" % number for number in range(600)])
    monkeypatch.setattr(sample, "MOST_HELD", 500)
    monkeypatch.setattr(sample, "MOST", 500)
    surveys: list[Survey] = []
    journal = Journal(file)
    work = DeadLetterWork(graveyard.connection, journal)
    look = await HeldLook.open(work, DEAD, lambda survey, _: surveys.append(survey), exhausted=False)
    some = Plan(DEAD, match=Match(regex="1$"))
    everything, uncounted = await look.foresee(Plan(DEAD)), await look.foresee(some)
    assert (everything.count, everything.complete, everything.meant) == (500, False, 600)
    assert (uncounted.count, uncounted.complete, uncounted.meant) == (50, False, None)
    await look.sift(some.match)
    await until(lambda: bool(surveys) and surveys[-1].done)
    found = await look.foresee(some)
    assert (found.count, found.complete, found.meant) == (60, True, 60)
    assert (await look.foresee(replace(some, limit=7))).meant == 7
    last = Match(regex="^599$", older_than=0)
    await look.sift(last)
    await until(lambda: surveys[-1].done and surveys[-1].matched == 1)
    beyond = await look.foresee(Plan(DEAD, match=last))
    assert (beyond.count, beyond.complete) == (1, False), "others may have become old enough"
    young = Match(younger_than=3_600)
    await look.sift(young)
    await until(lambda: surveys[-1].done and surveys[-1].matched == 600)
    assert (await look.foresee(Plan(DEAD, match=young))).meant is None, "some may be too old by now"
    await look.close()
    journal.close()


async def test_a_preview_says_who_else_receives_them_and_what_a_crash_could_double(
    look: Look, graveyard: Graveyard
) -> None:
    ids = tuple(line.id for line in await look.page(0, 3))
    preview = await look.foresee(Plan(DEAD, ids=ids))
    assert preview.size == 3 * len(BODIES[0])
    assert (await look.foresee(Plan(DEAD, ids=ids[:1], edit=Edit(b"much longer than before")))).size == 23
    assert any(WORK in sentence for sentence in preview.audience)
    assert ("is not stored a second time" in preview.doubling) is graveyard.deduplicates
    (to,) = {destination.route for destination, _ in preview.destinations}
    assert (await look.ways(WORK, [to, "nowhere"])).fitting == (to,)
    assert "no_such_queue" in (await look.ways("no_such_queue", ())).refusal
    assert not (await look.foresee(Plan(DEAD, Action.DISCARD, ids=ids))).audience


async def test_all_that_match_are_discarded_while_others_are_looked_at(look: Look, graveyard: Graveyard) -> None:
    await look.page(0, 10)
    progress = await look.begin(Plan(DEAD, Action.DISCARD, match=Match(regex=r"\b2\d\b")), lambda _: None).ended()
    assert progress.moved == 10
    await until(lambda: look.standing.count == 20)
    assert len(await look.page(0, 50)) == 20
    await look.close()
    assert sorted(await graveyard.bodies(DEAD)) == sorted(BODIES[:20])


async def test_a_run_is_paused_goes_on_and_is_cancelled(look: Look, graveyard: Graveyard) -> None:
    ids = tuple(line.id for line in await look.page(0, 30))
    run = look.begin(Plan(DEAD, ids=ids, destination=graveyard.home, rate=4), lambda _: None)
    await until(lambda: run.progress.moved >= 1)
    run.pause()
    await until(lambda: run.progress.state is RunState.PAUSED)
    moved = run.progress.moved
    assert moved < 30
    run.resume()
    await until(lambda: run.progress.moved > moved)
    run.cancel()
    progress = await run.ended()
    assert progress.state is RunState.CANCELLED
    assert progress.moved < 30
    await look.close()
    assert len(await graveyard.bodies(WORK)) == progress.moved
    assert len(await graveyard.bodies(DEAD)) == 30 - progress.moved


async def test_what_is_exported_is_there_byte_for_byte_and_journaled(look: Look, file: Path, tmp_path: Path) -> None:
    ids = tuple(line.id for line in await look.page(0, 2))
    assert (await look.export(Choice(DEAD, 2, ids), tmp_path / "two.jsonl")).ids == ids
    assert (await look.export(Choice(DEAD, 30, match=Match(text="order")), tmp_path / "all.jsonl")).count == 30
    assert len((tmp_path / "all.jsonl").read_text().splitlines()) == 30
    with pytest.raises(LookError, match=r"all\.jsonl"):
        await look.export(Choice(DEAD, 30), tmp_path / "all.jsonl")
    with closing(Journal(file)) as journal:
        kept = [(each.plan.action, each.progress.state, each.progress.moved) for each in journal.entries()]
        failed = journal.entries()[0]
    assert kept == [(Action.EXPORT, *how) for how in ((RunState.FAILED, 0), (RunState.DONE, 30), (RunState.DONE, 2))]
    assert "is there already" in failed.progress.trouble


async def test_what_comes_after_an_export_is_not_discarded_with_what_was_exported(
    look: Look, graveyard: Graveyard, tmp_path: Path
) -> None:
    written = await look.export(Choice(DEAD, 30), tmp_path / "all.jsonl")
    await graveyard.bury([b"late"])
    discard = Plan(DEAD, Action.DISCARD, ids=written.ids, match=written.match, identity=written.identity)
    assert (await look.begin(discard, lambda _: None).ended()).moved == 30
    await look.close()
    assert await graveyard.bodies(DEAD) == [b"late"]


@pytest.fixture
async def small_look(
    graveyard: Graveyard, work: DeadLetterWork, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[HeldLook]:
    """That can hold fewer than there are, where looking is holding."""
    monkeypatch.setattr(letters, "MOST_HELD", 20)
    await graveyard.bury(BODIES)
    look = await HeldLook.open(work, DEAD, lambda _survey, _trouble: None, exhausted=False)
    yield look
    await look.close()


async def test_all_are_exported_however_many_are_looked_at_together(
    small_look: HeldLook, graveyard: Graveyard, tmp_path: Path
) -> None:
    await small_look.page(0, 5)
    written = await small_look.export(Choice(DEAD, 30), tmp_path / "all.jsonl")
    assert written.count == len((tmp_path / "all.jsonl").read_text().splitlines()) == 30
    assert (await small_look.export(Choice(DEAD, 30, match=Match(text="order")), tmp_path / "some.jsonl")).count == 30
    with pytest.raises(LetterFileError):
        await small_look.export(Choice(DEAD, 30), tmp_path / "all.jsonl")
    assert len(await small_look.page(0, 5)) == 5
    assert small_look.standing.count == 30
    await small_look.close()
    assert sorted(await graveyard.bodies(DEAD)) == sorted(BODIES)


async def test_what_was_exported_is_foreseen_to_be_discarded_though_more_than_are_looked_at_together(
    small_look: HeldLook, graveyard: Graveyard, tmp_path: Path
) -> None:
    """And nothing else: where ids do not last, the file says which these are."""
    written = await small_look.export(Choice(DEAD, 30, match=Match(regex="[5-9]}$")), tmp_path / "some.jsonl")
    in_reach = written.count if small_look.standing.lasting_ids else sum(body[-2:-1] > b"4" for body in BODIES[:20])
    plan = written.plan(Action.DISCARD)
    preview = await small_look.foresee(plan)
    assert (written.count, preview.meant) == (15, 15)
    assert (preview.count, preview.complete) == (in_reach, in_reach == 15)
    if plan.exported:
        assert (await small_look.foresee(replace(plan, limit=4))).meant == 4
        assert len(await graveyard.bodies(DEAD)) == 10, "what is held nobody else can take"
        await small_look.refresh()
        gone = await small_look.foresee(plan)
        assert (gone.meant, gone.complete, gone.gone) == (10, True, 5)


async def test_what_is_foreseen_of_some_is_not_said_of_all(small_look: HeldLook, graveyard: Graveyard) -> None:
    preview = await small_look.foresee(Plan(DEAD, destination=graveyard.home))
    complete = small_look.standing.lasting_ids
    assert (preview.count, preview.complete, preview.meant) == (30 if complete else 20, complete, 30)


async def test_while_a_run_is_lent_the_letters_no_more_than_are_held_can_be_exported(
    small_look: HeldLook, tmp_path: Path
) -> None:
    small_look.lender(Plan(DEAD))
    if not small_look.standing.lasting_ids:
        with pytest.raises(RefusedError, match=r"first 20 of 30 .*some are being moved"):
            await small_look.export(Choice(DEAD, 30), tmp_path / "all.jsonl")


async def test_a_run_that_begins_while_all_are_exported_waits_for_what_that_has_taken(
    small_look: HeldLook, work: DeadLetterWork, graveyard: Graveyard, tmp_path: Path
) -> None:
    plan = Plan(DEAD, destination=graveyard.home)
    exporting = asyncio.ensure_future(small_look.export(Choice(DEAD, 30), tmp_path / "all.jsonl"))
    await asyncio.sleep(0)  # it is under way
    run = work.run(new_run(), plan, lambda _: None, small_look.lender(plan))
    progress = await run.run()
    await small_look.after_run(plan)
    assert ((await exporting).count, progress.state, progress.moved) == (30, RunState.DONE, 30)
    await small_look.close()
    assert sorted(await graveyard.bodies(WORK)) == sorted(BODIES)


async def test_a_killed_process_is_told_of_and_leaves_everything_there(look: Look, graveyard: Graveyard) -> None:
    ids = tuple(line.id for line in await look.page(0, 30))
    run = look.begin(Plan(DEAD, ids=ids, destination=graveyard.home, rate=10), lambda _: None)
    await until(lambda: run.progress.moved >= 1)
    look._process.kill()
    with pytest.raises(MoveError):
        await run.ended()
    with pytest.raises(LookError):
        await look.page(0, 1)


async def test_what_a_killed_process_left_half_done_is_finished(graveyard: Graveyard, look: Look, file: Path) -> None:
    ids = tuple(line.id for line in await look.page(0, 20))
    run = look.begin(Plan(DEAD, ids=ids, destination=graveyard.home, rate=10), lambda _: None)
    await until(lambda: run.progress.moved >= 1)
    look._process.kill()
    with pytest.raises(MoveError):
        await run.ended()
    journal = Journal(file)
    work = DeadLetterWork(graveyard.connection, journal)
    [entry] = work.interrupted()
    rest = work.finish(entry.id)
    rest.controls.rate = 0
    progress = await rest.run()
    journal.close()
    assert (progress.state, progress.moved) == (RunState.DONE, 20)
    assert sorted(await graveyard.bodies(DEAD)) == sorted(BODIES[20:])
    assert sorted(set(await graveyard.bodies(WORK))) == sorted(BODIES[:20])


async def test_new_letters_are_seen_after_a_refresh(look: Look, graveyard: Graveyard) -> None:
    await graveyard.bury([b"late"])
    assert (await look.refresh()).count == 31
    assert (await look.page(30, 5))[0].preview == "late"


async def test_what_a_filter_means_and_a_run_has_taken_goes_without_another_search(look: Look) -> None:
    look.sift(Match(regex=r"\b1\d\b"))
    survey = await _surveyed(look)
    ids = tuple(line.id for line in await look.page(0, 4))
    surveys: list[Survey | None] = []
    run = look.begin(Plan(DEAD, ids=ids, rate=2), lambda _: None)
    await until(lambda: run.progress.moved >= 2)
    look.on_change = lambda: surveys.append(look.survey)
    await look.catch_up()
    assert not run.is_over
    left = look.survey
    assert left is not None
    assert left.done
    assert 6 <= left.matched <= 8
    assert sum(group.count for group in left.groups) == left.matched
    assert left.seen == survey.seen - (10 - left.matched)
    assert surveys == [left]
    assert [line.preview for line in await look.page(10 - 4 - (10 - left.matched), 9)] == _previews(BODIES[16:20])
    run.cancel()
    await run.over()
