"""``wqstudio run --all`` on a broker of one's own: what can be played there is, and nothing stays."""

import asyncio
import json
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

import nats
import pytest

from tests.commands import naming
from tests.rabbit_servers import RabbitHost
from tests.servers import NatsServer
from wqstudio import headless
from wqstudio.cli import main
from wqstudio.scenarios.shelf import Shelf
from wqstudio.scenarios.sittings import Round

RETRYING = """
[[queues]]
name = "tasks"
consumers = [{ name = "workers", max_deliver = 5 }]
[[queues]]
name = "dead"
dead_letters_of = "tasks"
[[workers]]
service = 0
on_failure = { action = "give back later", delay = 0.1 }
[[producers]]
name = "good"
messages = 20
rate = 0
[[producers]]
name = "bad"
messages = 1
rate = 0
mix = [{ poison = true }]
[[expectations]]
figure = "dead letters"
is = 1
"""
RESTARTING = f"""{RETRYING}
[[faults]]
at = 0
action = "restart broker"
"""
SCENARIOS = {
    "retrying": RETRYING,
    "restarting": RESTARTING,
    "of-nats": f'on = ["nats"]\n{RETRYING}',
    "of-rabbitmq": f'on = ["rabbitmq"]\n{RETRYING}',
}
WHY_NO_RESTART = (
    "restarting restarts the broker, which the studio does only to one that it runs itself; play it on a local broker."
)


@pytest.fixture(autouse=True)
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "scenarios"
    folder.mkdir()
    for name, text in SCENARIOS.items():
        (folder / f"{name}.toml").write_text(text)
    monkeypatch.setattr(headless, "SCENARIOS", Shelf(folder))


@pytest.fixture
def run_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., ET.Element]:
    def run(*where: str, on: str, played: Sequence[str], skipped: dict[str, str]) -> ET.Element:
        """The JUnit file, once the exit code and the JSON say that these were played there, and those skipped for
        reasons.
        """
        junit = tmp_path / "run.xml"
        assert main(["run", "--all", *where, "--json", "--junit", str(junit)]) == 0
        out, err = capsys.readouterr()
        told = json.loads(out)
        assert told["as_expected"]
        assert [run["scenario"] for run in told["runs"]] == list(played)
        assert [run["product"] for run in told["runs"]] == [on] * len(played)
        assert {each["scenario"]: each["reason"] for each in told["skipped"]} == skipped
        assert all(each["products"] == [on] for each in told["skipped"])
        assert told["not_played"] == []
        for name, why in skipped.items():
            assert f"skip {name}: {why}" in err
        return ET.parse(junit).getroot()

    return run


def test_on_a_nats_of_ones_own(nats_server: NatsServer, run_all: Callable[..., ET.Element]) -> None:
    asyncio.run(_add_stream(nats_server.url, "theirs"))
    junit = run_all(
        *("--broker", nats_server.url),
        on="nats",
        played=["of-nats", "retrying"],
        skipped={"restarting": WHY_NO_RESTART, "of-rabbitmq": "it is for RabbitMQ"},
    )
    assert nats_server.streams == {"theirs"}
    assert (junit.get("skipped"), junit.get("errors"), junit.get("failures")) == ("2", "0", "0")
    reasons = {case.get("classname"): mark.get("message") for case in junit.iter("testcase") for mark in case}
    assert reasons == {"restarting": WHY_NO_RESTART, "of-rabbitmq": "it is for RabbitMQ"}


def test_on_a_rabbitmq_of_ones_own(rabbit_host: RabbitHost, tmp_path: Path, run_all: Callable[..., ET.Element]) -> None:
    rabbit_host.manage("PUT", "queues/{vhost}/theirs", {"durable": True})
    exchanges = rabbit_host.names("exchanges")
    run_all(
        *naming(rabbit_host.connection, tmp_path),
        on="rabbitmq",
        played=["of-rabbitmq", "retrying"],
        skipped={"restarting": WHY_NO_RESTART, "of-nats": "it is for NATS"},
    )
    assert rabbit_host.names("queues") == {"theirs"}
    assert rabbit_host.names("exchanges") == exchanges


def test_what_was_asked_for_by_name_is_not_skipped(nats_server: NatsServer, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "restarting", "--broker", nats_server.url, "--json"]) == 1
    out, err = capsys.readouterr()
    assert json.loads(out)["not_played"] == [{"scenario": "restarting", "products": ["nats"], "reason": WHY_NO_RESTART}]
    assert f"restarting could not be played: {WHY_NO_RESTART}" in err
    assert main(["run", "of-rabbitmq", "--broker", nats_server.url]) == 2
    assert "of-rabbitmq is a scenario for RabbitMQ; name such a broker" in capsys.readouterr().err


def test_what_was_played_before_it_is_stopped_is_written_and_the_rest_is_skipped(
    nats_server: NatsServer, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(each: Round) -> None:
        if each.scenario.name == "retrying":
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(headless, "_announce", interrupted)
    junit, report = tmp_path / "run.xml", tmp_path / "run.html"
    files = ("--junit", str(junit), "--report", str(report))
    assert main(["run", "--all", "--broker", nats_server.url, "--json", *files]) == 1
    out, err = capsys.readouterr()
    told = json.loads(out)
    assert not told["as_expected"]
    assert [run["scenario"] for run in told["runs"]] == ["of-nats"]
    reason = "stopped before its end"
    assert [each["scenario"] for each in told["not_played"] if each["reason"] == reason] == ["retrying"]
    assert "stopped before the end; there is no ledger of retrying on NATS; 2 of 3 were played" in err
    root = ET.parse(junit).getroot()
    assert (root.get("errors"), root.get("failures"), root.get("skipped")) == ("0", "0", "3")
    assert "of-nats" in report.read_text()
    assert nats_server.streams == set()


async def _add_stream(url: str, name: str) -> None:
    client = await nats.connect(url)
    await client.jetstream().add_stream(name=name, subjects=[f"{name}.>"])
    await client.close()
