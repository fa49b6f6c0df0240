import pytest

from wqstudio.brokers.nats.jetstream.marks import points_to
from wqstudio.brokers.nats.jetstream.records import StreamConfig
from wqstudio.domain.queue import ANY

_TOLD = "$JS.EVENT.ADVISORY.CONSUMER"


@pytest.mark.parametrize(
    ("subjects", "streams"),
    [
        ((f"{_TOLD}.MAX_DELIVERIES.jobs.workers", f"{_TOLD}.MAX_DELIVERIES.jobs.*"), ("jobs",)),
        ((f"{_TOLD}.*.jobs.>", f"{_TOLD}.MAX_DELIVERIES.mail.>"), ("jobs", "mail")),
        ((f"{_TOLD}.MAX_DELIVERIES.*.*",), (ANY,)),
        ((f"{_TOLD}.MAX_DELIVERIES.>",), (ANY,)),
        (("$JS.EVENT.>",), (ANY,)),
        ((f"{_TOLD}.MSG_TERMINATED.jobs.*", "jobs.>"), ()),
    ],
)
def test_by_its_subjects_it_is_known_of_which_streams_a_stream_takes_advisories(
    subjects: tuple[str, ...], streams: tuple[str, ...]
) -> None:
    assert points_to(StreamConfig("dead", subjects=subjects)) == streams
