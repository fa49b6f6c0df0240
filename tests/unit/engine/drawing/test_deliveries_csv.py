import csv
import io
from dataclasses import replace

from tests.unit.engine.recordings import START, every_outcome, made_up, row, task
from wqstudio.domain.delivery import BegunDelivery, FleetBatch
from wqstudio.domain.settled import FOREIGN
from wqstudio.domain.worker import Outcome
from wqstudio.engine.drawing.deliveries_csv import write_deliveries
from wqstudio.engine.drawing.recorded import Recorded, recorded
from wqstudio.engine.timeline.timeline import Timeline


def _rows(recording: Recorded) -> list[dict[str, str]]:
    out = io.StringIO()
    write_deliveries(recording, out)
    return list(csv.DictReader(io.StringIO(out.getvalue())))


def test_each_delivery_is_a_row_with_seconds_since_the_start() -> None:
    rows = _rows(replace(every_outcome("a, b"), title="Outcomes, all"))
    assert len(rows) == 9
    assert rows[0] == {
        "run": "Outcomes, all",
        "worker": "a, b",
        "producer": "orders",
        "producer_id": "7",
        "task": "0",
        "delivery": "1",
        "outcome": "acknowledged",
        "published_s": "0.000000",
        "received_s": "0.000000",
        "begun_s": "0.000000",
        "ended_s": "1.000000",
        "work_s": "1.000000",
    }
    never = next(each for each in rows if (each["task"], each["delivery"]) == ("5", "1"))
    assert (never["outcome"], never["begun_s"], never["ended_s"]) == ("crashed", "", "3.000000")
    assert {each["outcome"] for each in rows} == {"acknowledged", "given back", "rejected", "timed out", "crashed"}


def test_a_delivery_that_nobody_has_counted_has_no_number() -> None:
    each = row(1, FOREIGN, (0.0, 0.0, 1.0), deliveries=2)._replace(counted=False)
    (told,) = _rows(made_up([each], ["one"], published=0))
    assert (told["delivery"], told["outcome"]) == ("", "acknowledged")


def test_what_was_passed_on_is_said_to_be() -> None:
    (told,) = _rows(made_up([row(1, task(0), (0.0, 0.0, 1.0), Outcome.FORWARDED)], ["one"], published=1))
    assert told["outcome"] == "passed on"


def test_what_is_being_worked_on_comes_last_and_has_not_ended() -> None:
    timeline = Timeline()
    for worker, number in ((1, task(0)), (2, FOREIGN)):
        begun = BegunDelivery(worker, number, 1, START, START + 1, 60.0, 60.0)
        timeline.take(FleetBatch(begun=(begun,)))
    own, foreign = _rows(recorded(timeline))
    assert own["producer"] == "producer 7"  # nobody has told of it
    assert (own["outcome"], own["ended_s"], own["task"], own["published_s"]) == ("being worked on", "", "0", "")
    assert (foreign["producer"], foreign["task"]) == ("", "")
