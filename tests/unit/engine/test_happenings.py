from wqstudio.domain.delivery import FleetBatch
from wqstudio.domain.worker import Phase, ProducerSpec, ProducerState
from wqstudio.engine.happenings import Happenings


def test_what_a_broker_says_of_a_full_queue_stands_within_a_sentence() -> None:
    spec = ProducerSpec("orders", "jobs", "jobs.{n}")
    full = ProducerState(7, spec, Phase.WORKING, host=1, refused=2, reason="The queue is full.")
    (told,) = Happenings({}).of(FleetBatch(producers=(full,)))
    assert told.text.startswith("jobs refused 2 messages of orders: The queue is full. They are tried again")
