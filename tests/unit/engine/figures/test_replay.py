from dataclasses import replace

from tests.unit.engine.recordings import START, row, task
from wqstudio.domain.delivery import ConfirmedTasks, deliveries
from wqstudio.domain.dispatch import Figures, figures
from wqstudio.domain.dispatch_lane import Lane
from wqstudio.domain.ledger import Account
from wqstudio.domain.queue import Source
from wqstudio.domain.settled import pack_delivery
from wqstudio.domain.worker import Outcome, WorkerSpec
from wqstudio.engine.drawing.recorded import recorded_run
from wqstudio.engine.figures.replay import replayed
from wqstudio.engine.figures.run_figures import Evidence, published
from wqstudio.engine.timeline.timeline import Incident

_ROWS = [
    row(31, task(0), (0.0, 0.0, 1.0)),
    row(44, task(1), (0.5, 0.5, 1.5), Outcome.NAKED),
    row(31, task(1), (1.5, 1.5, 2.5), deliveries=2),
]


def _lane(worker: int, name: str, ended: float | None, speeds: tuple[tuple[float, float], ...]) -> Lane:
    return Lane(worker, name, speeds[-1][1], speeds[0][0], ended, speeds, place=worker // 10)


def _evidence() -> Evidence:
    """Two workers from the middle of a fleet: the first is stopped after the run, the other crashes in it."""
    confirmed = (ConfirmedTasks(7, 0, 2, START),)
    settled = deliveries(b"".join(pack_delivery(*each) for each in _ROWS))
    lanes = (
        _lane(31, "steady", START + 2.6, ((START - 0.5, 1.0),)),
        _lane(44, "shaky", START + 1.75, ((START - 0.5, 1.0), (START + 1.0, 0.5))),
    )
    return Evidence(
        account=Account("run", 2, 2, 0, 0, 0, 0, acknowledgements=2, foreign=0),
        settled=settled,
        confirmed=confirmed,
        workers={31: WorkerSpec("steady", Source("jobs")), 44: WorkerSpec("shaky", Source("jobs"))},
        producers={},
        began=START,
        ended=START + 3.0,
        drained=True,
        refusals=0,
        turned_away={},
        dead_letters=0,
        lanes=lanes,
        dispatch=figures(settled, published(confirmed), lanes),
        incidents=(Incident(START + 1.5, "crash shaky"),),
    )


def test_a_run_is_replayed_from_its_beginning_with_workers_numbered_from_one() -> None:
    timeline = replayed(_evidence())
    assert [(lane.worker, lane.name) for lane in timeline.lanes] == [(1, "steady"), (2, "shaky")]
    assert timeline.deliveries["worker"].tolist() == [1, 2, 1]
    assert timeline.deliveries["ended"].tolist() == [1.0, 1.5, 2.5]
    assert timeline.links().tolist() == [-1, -1, 1]
    assert timeline.waiting(0.25, 0.25)[1].tolist() == [1]


def test_lanes_are_in_the_order_in_which_the_workers_were_started_whoever_was_heard_of_first() -> None:
    evidence = _evidence()
    timeline = replayed(replace(evidence, lanes=evidence.lanes[::-1]))
    assert [lane.name for lane in timeline.lanes] == ["steady", "shaky"]


def test_lanes_keep_the_colours_that_the_workers_had() -> None:
    assert [lane.place for lane in replayed(_evidence()).lanes] == [3, 4]


def test_who_was_there_at_the_end_lives_on_and_who_went_before_does_not() -> None:
    steady, shaky = replayed(_evidence()).lanes
    assert (steady.began, steady.ended) == (-0.5, None)
    assert shaky.ended == 1.75
    assert shaky.speeds == ((-0.5, 1.0), (1.0, 0.5))


def test_what_was_done_to_it_is_where_it_was() -> None:
    evidence = _evidence()
    assert replayed(evidence).incidents == (Incident(1.5, "crash shaky"),)
    assert recorded_run(evidence).incidents == evidence.incidents
    early = replace(evidence, incidents=(Incident(START - 0.5, "pause shaky"),))
    assert replayed(early).incidents == (Incident(0.0, "pause shaky"),)


def test_its_figures_are_those_of_the_run() -> None:
    evidence = _evidence()
    mine = replayed(evidence).figures()
    assert isinstance(mine, Figures)
    assert isinstance(evidence.dispatch, Figures)
    assert mine.began == 0.0
    assert mine.makespan == evidence.dispatch.makespan
    assert mine.best_possible == evidence.dispatch.best_possible
