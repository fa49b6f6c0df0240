"""Frames come out of the pipe as they went in, in whatever pieces they come."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given, strategies as st

from wqstudio.domain.connection import NatsConnection
from wqstudio.domain.queue import Source
from wqstudio.domain.settled import pack_delivery
from wqstudio.domain.worker import CurrentTask, OnFailure, Outcome, Phase, ProducerSpec, TaskKind, WorkerSpec
from wqstudio.fleet import wire
from wqstudio.fleet.frames import FrameEncoder

WORKER = WorkerSpec("w", Source("jobs", "workers"), on_failure=OnFailure(delay=2))
PRODUCER = ProducerSpec("p", "jobs", "jobs.{n}", mix=(TaskKind("a", weight=2), TaskKind("b", poison=True)))
COMMANDS: list[wire.Command] = [
    wire.Hello.to(NatsConnection(user="me", password="secret", credentials_file=Path("/a/b.creds")), "run"),
    wire.StartWorker(1, WORKER),
    wire.StartProducer(2, PRODUCER),
    wire.SetSpeed(1, 2.5),
    wire.SetPrefetch(1, 100),
    wire.SetRate(2, 0.0),
    wire.Pause(1),
    wire.Resume(1),
    wire.Stop(1),
    wire.Crash(1),
]
REPORT = wire.Report(
    settled=pack_delivery(1, -1, 2, 1.0, 2.0, 3.0, Outcome.EXPIRED, 0.5, True, 0),
    begun=[wire.BegunRow(1, 2**62, 1, 1.0, 2.0, 0.5, 0.25)],
    confirmed=[wire.ConfirmedRow(2, 0, 10, 1.0)],
    workers=[wire.WorkerUpdate(1, Phase.WORKING, 3, CurrentTask("t", 1.0, 2.0), "", "blocked")],
    producers=[wire.ProducerUpdate(2, Phase.FAILED, 1, 2, 3, "no stream", "")],
)


@given(cuts=st.lists(st.integers(1, 40), max_size=60))
def test_commands_survive_being_cut_into_pieces(cuts: list[int]) -> None:
    encoder, decoder = FrameEncoder(), wire.command_decoder()
    stream = b"".join(encoder.encode(command) for command in COMMANDS)
    received: list[wire.Command] = []
    for cut in cuts:
        piece, stream = stream[:cut], stream[cut:]
        received += decoder.feed(piece)
    received += decoder.feed(stream)
    assert received == COMMANDS


def test_a_report_comes_back_as_it_was() -> None:
    frame = FrameEncoder().encode(REPORT)
    assert list(wire.report_decoder().feed(frame + frame)) == [REPORT, REPORT]


def test_what_a_caller_did_not_come_to_is_given_out_later_and_nothing_twice() -> None:
    encoder, decoder = FrameEncoder(), wire.command_decoder()
    fails = decoder.feed(b"".join(encoder.encode(command) for command in COMMANDS))
    assert next(fails) == COMMANDS[0]
    fails.close()
    assert list(decoder.feed(b"")) == COMMANDS[1:]


def test_a_settled_delivery_takes_few_bytes() -> None:
    """Twenty thousand a second cross the pipe, which holds one megabyte at most."""
    assert len(FrameEncoder().encode(REPORT)) < 250


def test_what_is_no_report_is_refused() -> None:
    decoder = wire.report_decoder()
    with pytest.raises(msgspec.ValidationError):
        list(decoder.feed(FrameEncoder().encode(wire.Pause(1))))


def test_the_password_is_not_in_the_text_of_a_command() -> None:
    assert "secret" not in repr(COMMANDS[0])
