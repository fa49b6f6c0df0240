"""Names of the studio's own queues: they find their home again, however long its name."""

import pytest

from wqstudio.brokers.rabbitmq.amqp import marks


@pytest.mark.parametrize("queue", ["jobs", "n" * 255, "ü" * 127, "\udcff" * 255])
def test_a_retry_queue_has_a_name_that_fits_and_knows_its_home(queue: str) -> None:
    name = marks.retry_queue(queue, 79_200_000)
    assert len(name.encode(errors="surrogateescape")) <= marks.LONGEST_NAME
    assert name.endswith(".wqs-retry-79200000")
    arguments = {marks.MARK: marks.RETRY, "x-dead-letter-routing-key": queue}
    assert marks.home_of(arguments, name) == queue


def test_long_names_that_begin_alike_have_retry_queues_of_their_own() -> None:
    assert marks.retry_queue("n" * 254 + "a", 50) != marks.retry_queue("n" * 254 + "b", 50)


def test_a_queue_of_somebody_elses_is_no_retry_queue() -> None:
    assert marks.home_of({"x-dead-letter-routing-key": "jobs"}, "jobs.wqs-retry-50") == ""
