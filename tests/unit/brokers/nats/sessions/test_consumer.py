"""Answers about a consumer, and to pulls, mean what the server means by them."""

import json

import pytest

from wqstudio.brokers.nats.sessions.consumer import PullStatus, Terms, pull_status, read_terms
from wqstudio.brokers.port import RefusedError, UnreachableError
from wqstudio.domain.queue import Source

SOURCE = Source("jobs", "workers")


@pytest.mark.parametrize(("code", "description", "status"), [
    ("100", "Idle Heartbeat", PullStatus.ALIVE),
    ("404", "No Messages", PullStatus.OVER),
    ("408", "Request Timeout", PullStatus.OVER),
    ("409", "Batch Completed", PullStatus.OVER),
    ("409", "Exceeded MaxWaiting", PullStatus.LATER),
    ("409", "Exceeded MaxRequestBatch of 5", PullStatus.LATER),
    ("409", "Leadership Change", PullStatus.LATER),
    ("409", "Server Shutdown", PullStatus.LATER),
    ("409", "Consumer Deleted", PullStatus.ENDED),
    ("409", "Consumer is push based", PullStatus.ENDED),
    ("409", "Something New", PullStatus.LATER),
    ("423", "Nats-Wrong-Pin-Id", PullStatus.LATER),
    ("400", "Bad Request", PullStatus.ENDED),
    ("503", "", PullStatus.LATER),
    ("", "", PullStatus.LATER),
])  # fmt: skip
def test_a_status_is_understood(code: str, description: str, status: PullStatus) -> None:
    assert pull_status(code, description) is status


def answer(**config: object) -> bytes:
    return json.dumps({"config": {"ack_policy": "explicit", **config}, "num_pending": 1}).encode()


def test_terms_are_read_in_seconds() -> None:
    terms = read_terms(answer(ack_wait=1_500_000_000, max_batch=7, max_expires=2_000_000_000), SOURCE)
    assert terms == Terms(ack_wait=1.5, max_batch=7, max_expires=2.0)


def test_a_consumer_without_acks_has_no_deadline() -> None:
    assert read_terms(answer(ack_policy="none", ack_wait=30_000_000_000), SOURCE).ack_wait == 0


@pytest.mark.parametrize("code", [10014, 10059])
def test_what_is_not_there_is_refused(code: int) -> None:
    with pytest.raises(RefusedError, match="no consumer workers on jobs"):
        read_terms(json.dumps({"error": {"code": 404, "err_code": code, "description": "x"}}).encode(), SOURCE)


def test_a_push_consumer_is_refused() -> None:
    with pytest.raises(RefusedError, match="push consumer"):
        read_terms(answer(deliver_subject="here"), SOURCE)


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"config": 3}', b'{"error": {"err_code": 10008}}'])
def test_an_answer_that_says_nothing_is_tried_again(data: bytes) -> None:
    with pytest.raises(UnreachableError):
        read_terms(data, SOURCE)
