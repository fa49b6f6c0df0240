"""Reply subjects are read in every form, and answers are written as the server wants them."""

import json

import pytest
from hypothesis import given, strategies as st

from wqstudio.brokers.nats.sessions import acks

V1 = "$JS.ACK.jobs.workers.3.10.11.1700000000000000000.5"
V2 = "$JS.ACK.hub.AbCdEfGh.jobs.workers.4.10.11.1700000000000000000.5"


@pytest.mark.parametrize(("reply", "deliveries"), [
    (V1, 3),
    (V2, 4),
    (f"{V2}.random", 4),
    ("$JS.ACK.jobs", 1),
    ("$JS.ACK.a.b.c.d.e.f.g", 1),
    ("", 1),
])  # fmt: skip
def test_the_delivery_count_is_read(reply: str, deliveries: int) -> None:
    assert acks.deliveries(reply) == deliveries


@given(st.text())
def test_no_subject_is_too_strange(reply: str) -> None:
    assert isinstance(acks.deliveries(acks.PREFIX + reply), int)


@given(st.floats(1e-6, 1e6))
def test_a_delay_is_sent_in_whole_nanoseconds(delay: float) -> None:
    verb, _, options = acks.nak(delay).partition(b" ")
    assert verb == b"-NAK"
    assert json.loads(options)["delay"] == pytest.approx(delay * 1e9, abs=1)


def test_no_delay_is_not_sent() -> None:
    assert acks.nak(0) == b"-NAK"


def test_a_reason_stays_on_its_line() -> None:
    assert acks.term("bad\r\nthing") == b"+TERM bad thing"
    assert acks.term("") == b"+TERM"


def test_a_pull_is_made_in_nanoseconds() -> None:
    request = json.loads(acks.pull(10, 30, 5))
    assert request == {"batch": 10, "expires": 30_000_000_000, "idle_heartbeat": 5_000_000_000}
