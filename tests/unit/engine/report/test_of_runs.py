"""A scenario played on a real broker, as a report tells of it."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.servers import NatsServer
from wqstudio.cli import main
from wqstudio.domain.connection import Product
from wqstudio.domain.dispatch import Figures
from wqstudio.domain.queue import ConsumerSpec, QueueSpec, Source
from wqstudio.domain.scenario import Expectation, Scenario, Setting
from wqstudio.domain.worker import ProducerSpec, Spread, WorkerSpec
from wqstudio.engine.drawing.recorded import recorded
from wqstudio.engine.playing.judging import judge
from wqstudio.engine.playing.player import Player
from wqstudio.engine.report.html import page_html
from wqstudio.engine.report.of_runs import page_of
from wqstudio.engine.studio import Studio

SCENARIO = Scenario(
    name="sharing",
    title="Sharing",
    summary="Eight tasks for two workers.",
    queues=(QueueSpec("work", ("work.>",), consumers=(ConsumerSpec("workers"),)),),
    workers=tuple(
        WorkerSpec(name, Source("work", "workers"), service_time=0.02, spread=Spread.FIXED) for name in ("one", "two")
    ),
    producers=(ProducerSpec("producer", "work", "work.{n}", rate=0.0, count=8),),
    watch=("Both are busy.",),
    expectations=(
        Expectation("acknowledged", equals=8, why="All is done."),
        Expectation("deliveries", at_most=5),
    ),
    settings=(Setting("fair", title="One at a time"), Setting("other")),
)


async def test_a_run_is_told_of_as_it_was(nats_server: NatsServer) -> None:
    studio = await Studio.open(nats_server.connection, worker_hosts=1)
    try:
        run = await Player(studio).play(SCENARIO, "fair")
        live = recorded(studio.timeline)
    finally:
        await studio.close()
    again = replace(run, setting="other")
    page = page_of(SCENARIO, (run, again), judge(SCENARIO, (run, again)), "wqstudio 1")
    assert (page.title, page.watch, page.at) == ("Sharing", ("Both are busy.",), run.evidence.began)
    assert [played.setting for played in page.played] == ["One at a time", "other"]
    assert page.conclusion[0].startswith("“One at a time” and “other” took the same time, ")
    assert page_of(SCENARIO, (run,), (), "wqstudio 1").conclusion == ()
    elsewhere = page_of(SCENARIO, (run, replace(run, product=Product.RABBITMQ)), (), "wqstudio 1")
    assert [each.setting for each in elsewhere.played] == ["One at a time on NATS", "One at a time on RabbitMQ"]
    assert page_of(replace(SCENARIO, drained=False), (run, again), (), "wqstudio 1").conclusion == ()
    assert elsewhere.groups == page.groups == ()
    there = [replace(each, product=Product.RABBITMQ) for each in (run, again)]
    every = page_of(SCENARIO, (run, there[0], again, there[1]), (), "wqstudio 1")
    assert [(group.title, [one.setting for one in group.played]) for group in every.groups] == [
        ("One at a time: NATS and RabbitMQ", ["One at a time on NATS", "One at a time on RabbitMQ"]),
        ("other: NATS and RabbitMQ", ["other on NATS", "other on RabbitMQ"]),
        ("On NATS", ["One at a time on NATS", "other on NATS"]),
        ("On RabbitMQ", ["One at a time on RabbitMQ", "other on RabbitMQ"]),
    ]
    assert every.conclusion == ()
    assert all("took the same time" in group.conclusion[0] for group in every.groups)
    told = page_html(every)
    assert told.count("<h3>other: NATS and RabbitMQ</h3>") == 2  # figures and ledger
    assert told.count("class='figures'") == 8
    played = page.played[0]
    assert {played.recorded.producer(task) for task in played.recorded.deliveries["task"].tolist()} == {"producer"}
    assert {live.producer(task) for task in live.deliveries["task"].tolist()} == {"producer"}
    assert live.title == "Sharing, fair"
    assert (played.product, played.account) == ("NATS", run.evidence.account)
    assert [(verdict.met, verdict.expectation, verdict.found, verdict.measured) for verdict in played.verdicts] == [
        (True, "All is done.", "8", "acknowledged: 8"),
        (False, "Deliveries that ended, however: at most 5.", "8", "deliveries"),
        (True, "All work is done in time.", "yes", "drained: yes"),
        (True, "No task is lost.", "0", "lost: 0"),
    ]
    assert not page.met
    assert isinstance(played.recorded.figures, Figures)
    assert played.recorded.figures.tasks == len(played.recorded.deliveries) == 8
    assert played.recorded.waiting[1].max() > 0
    assert played.recorded.waiting[1][-1] == 0
    html = page_html(page)
    assert html.count("task 7 of producer ·") == 2  # a bar in each of the two timelines


FILE = """
title = "Few"
summary = "Three tasks."
[[queues]]
name = "few"
[[workers]]
service = 0.01
[[producers]]
messages = 3
rate = 0
"""


def test_the_command_writes_a_report_also_where_another_file_cannot_be_written(
    nats_server: NatsServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario, report, full = tmp_path / "few.toml", tmp_path / "run.html", "/dev/full"
    scenario.write_text(FILE, encoding="utf-8")
    arguments = ["--connect", nats_server.url, "--report", str(report), "--junit", full]
    assert main(["run", str(scenario), *arguments]) == 1
    assert f"could not write {full}" in capsys.readouterr().err
    text = report.read_text(encoding="utf-8")
    assert text.startswith("<!DOCTYPE html>")
    assert "<h1>Few</h1>" in text
    assert "All 2 expectations are met" in text
