"""``wqstudio run`` with files, settings and what it writes."""

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.servers import NatsServer
from wqstudio import headless
from wqstudio.brokers.local import rabbitmq_server
from wqstudio.brokers.local.errors import LocalServerError
from wqstudio.brokers.local.nats_server import LocalNatsServer
from wqstudio.brokers.local.rabbitmq_install import Installation
from wqstudio.cli import main
from wqstudio.domain.connection import NatsConnection
from wqstudio.scenarios import SCENARIOS

MINE = """
title = "Mine"
on = ["nats"]
[[queues]]
name = "tasks"
[[workers]]
count = 2
service = 0.01
[[producers]]
messages = 20
rate = 0
[[expectations]]
figure = "acknowledged"
is = 20
why = "All is done."
[[expectations]]
figure = "makespan"
setting = "two"
at_most = 100
times_setting = "one"
[[settings]]
name = "one"
count = 1
[[settings]]
name = "two"
count = 2
"""


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "wqstudio", "run", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_file_is_played_in_each_setting_and_told_in_every_form(tmp_path: Path, nats_server: NatsServer) -> None:
    file, junit, report = tmp_path / "mine.toml", tmp_path / "run.xml", tmp_path / "run.html"
    file.write_text(MINE)
    where = ["--broker", nats_server.url, "--json", "--junit", str(junit), "--report", str(report)]
    result = _run(str(file), *where)
    assert result.returncode == 0, result.stderr
    told = json.loads(result.stdout)
    assert told["as_expected"] is True
    assert [(run["scenario"], run["setting"], run["acknowledged"]) for run in told["runs"]] == [
        ("mine", "one", 20),
        ("mine", "two", 20),
    ]
    assert [each["figure"] for each in told["runs"][1]["expectations"]] == [
        "acknowledged",
        "makespan",
        "drained",
        "lost",
    ]
    figures = told["runs"][0]["figures"]
    assert figures["acknowledged"] == 20
    assert 0 < figures["median service"] <= figures["p90 service"] <= figures["p99 service"] < figures["makespan"]
    assert figures["median wait"] <= figures["p90 wait"] <= figures["p99 wait"] <= figures["longest wait"]
    (worker,) = told["runs"][0]["workers"]
    assert (worker["acknowledged"], worker["deliveries"]) == (20, 20)
    assert 0 <= worker["idle_while_waiting"] < 1
    root = ET.parse(junit).getroot()
    (suite,) = root
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("9", "0", "0")
    times = [float(case.attrib["time"]) for case in suite]
    assert sum(time > 0 for time in times) == 2  # each run once
    assert sum(times) == pytest.approx(float(suite.attrib["time"]), abs=0.002) == float(root.attrib["time"])
    assert (suite.get("name"), suite.get("tests"), suite.get("failures")) == ("mine on NATS", "9", "0")
    assert "All is done." in {case.get("name") for case in suite}
    page = report.read_text()
    assert "<title>Mine</title>" in page
    assert "All is done." in page


def test_what_fails_is_said_with_its_setting(tmp_path: Path, nats_server: NatsServer) -> None:
    file, junit = tmp_path / "mine.toml", tmp_path / "run.xml"
    wrong = 'figure = "acknowledged"\nsetting = "two"\nis = 21'
    file.write_text(MINE.replace('figure = "acknowledged"\nis = 20', wrong))
    result = _run(str(file), "--broker", nats_server.url, "--json", "--junit", str(junit))
    assert result.returncode == 1
    assert "FAIL mine on NATS: two: acknowledged is 20, expected 21 (" in result.stderr
    assert [run["as_expected"] for run in json.loads(result.stdout)["runs"]] == [True, False]
    (suite,) = ET.parse(junit).getroot()
    assert (suite.get("failures"), suite.get("errors"), suite.get("skipped")) == ("1", "0", "0")
    (case,) = [case for case in suite if len(case)]
    assert (case.get("classname"), case[0].get("message")) == ("mine.nats.two", "acknowledged is 20, expected 21")


def test_one_setting_alone_compares_with_none(tmp_path: Path, nats_server: NatsServer) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(MINE.replace("is = 20", "is = 21"))
    result = _run(str(file), "--broker", nats_server.url, "--setting", "two", "--json")
    assert result.returncode == 1
    assert "acknowledged is 20, expected 21" in result.stderr
    told = json.loads(result.stdout)
    assert (told["setting"], told["as_expected"], told["balanced"]) == ("two", False, True)
    (run,) = told["runs"]
    assert {name: told[name] for name in run} == run
    assert [(each["figure"], each["holds"]) for each in told["expectations"]] == [
        ("acknowledged", False),
        ("drained", True),
        ("lost", True),
    ]


def test_a_scenario_that_cannot_be_played_is_an_error_in_junit(tmp_path: Path) -> None:
    file, junit = tmp_path / "mine.toml", tmp_path / "run.xml"
    file.write_text(MINE)
    assert main(["run", str(file), "--connect", "nats://127.0.0.1:1", "--junit", str(junit)]) == 1
    (suite,) = ET.parse(junit).getroot()
    assert suite.get("errors") == "1"
    assert "127.0.0.1:1" in str(suite[0][0].get("message"))


@pytest.mark.parametrize("option", ["--junit", "--report"])
@pytest.mark.parametrize(("file", "why"), [("nowhere/run", "there is no folder"), ("", "it is a folder")])
def test_where_nothing_can_be_written_is_said_before_anything_starts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, file: str, why: str
) -> None:
    (tmp_path / "mine.toml").write_text(MINE)
    where = tmp_path / file
    assert main(["run", str(tmp_path / "mine.toml"), option, str(where)]) == 2
    told = capsys.readouterr().err
    assert f"{option}: {where} cannot be written: {why}" in told
    assert "starting" not in told


def test_what_is_wrong_with_a_file_is_said_with_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(MINE.replace("service = 0.01", 'service = 0.01\nprefetch = "many"'))
    assert main(["run", str(file)]) == 2
    assert (
        f'{file}:9: worker 1, field "prefetch": expected a whole number from 0 to 65,535, not "many"'
        in capsys.readouterr().err
    )


def test_a_scenario_is_not_played_where_its_pattern_does_not_exist(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.toml").write_text(MINE)
    assert main(["run", str(tmp_path / "mine.toml"), "--broker", "rabbitmq"]) == 2
    assert "mine is a scenario for NATS" in capsys.readouterr().err


def test_what_there_is_to_play_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:3] == ["demo", "NATS,", "RabbitMQ"]
    assert len(lines) == len(SCENARIOS)
    assert main(["run", "--list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["name"] == "demo"


def test_without_rabbitmq_what_is_for_both_is_played_on_nats_and_fails_on_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def find() -> Installation:
        raise LocalServerError("RabbitMQ is not installed on this computer. Install it with …")

    monkeypatch.setattr(rabbitmq_server, "find_installation", find)
    (tmp_path / "both.toml").write_text(MINE.replace('on = ["nats"]\n', "").partition("[[expectations]]")[0])
    assert main(["run", str(tmp_path / "both.toml"), "--json"]) == 1
    told = capsys.readouterr()
    played = json.loads(told.out)
    assert (played["product"], played["as_expected"], played["runs"][0]["as_expected"]) == ("nats", False, True)
    assert played["not_played"] == [
        {
            "scenario": "both",
            "products": ["rabbitmq"],
            "reason": "RabbitMQ is not installed on this computer. Install it with …",
        }
    ]
    assert "could not be played: RabbitMQ is not installed" in told.err


def test_a_title_does_not_steer_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], nats_server: NatsServer
) -> None:
    (tmp_path / "red.toml").write_text(MINE.replace('"Mine"', '"\\u001b[31mred"').partition("[[expectations]]")[0])
    assert main(["run", str(tmp_path / "red.toml"), "--broker", nats_server.url]) == 0
    assert capsys.readouterr().out.startswith("·[31mred (NATS): ")


def test_a_persons_own_files_are_listed_and_played_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], nats_server: NatsServer
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    folder = tmp_path / "wqstudio" / "scenarios"
    folder.mkdir(parents=True)
    (folder / "mine-one.toml").write_text(MINE.replace('name = "two"', 'name = "two"\ntitle = "Two workers"'))
    (folder / "broken.toml").write_text("title = ")
    assert main(["run", "--list"]) == 0
    told = capsys.readouterr()
    assert told.out.splitlines()[-1].split() == ["mine-one", "NATS", "Mine", "(yours)"]
    assert 'broken.toml:1: field "title": not TOML' in told.err
    assert main(["run", "mine-one", "--broker", nats_server.url, "--setting", "two"]) == 0
    assert "Mine (NATS, two: Two workers): 20 published" in capsys.readouterr().out
    assert main(["run", "broken"]) == 2
    assert 'broken.toml:1: field "title": not TOML' in capsys.readouterr().err


class _Nowhere(LocalNatsServer):
    """A server that runs, and whose address leads elsewhere."""

    started = 0

    async def start(self) -> None:
        type(self).started += 1
        await super().start()

    @property
    def connection(self) -> NatsConnection:
        return NatsConnection(urls=("nats://127.0.0.1:1",))


def test_a_local_broker_that_cannot_be_opened_is_started_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(headless, "local_server", lambda _product, *, on_event: _Nowhere(on_event=on_event))
    assert main(["run", "--all", "--broker", "nats"]) == 1
    assert capsys.readouterr().err.count("could not be played: ") > 10
    assert _Nowhere.started == 1


def test_a_scenario_that_is_almost_named_is_pointed_at(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "fairdispatch"]) == 2
    assert 'there is no scenario "fairdispatch"; did you mean "fair-dispatch"?' in capsys.readouterr().err


def test_a_file_that_is_named_without_its_ending_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "my.toml").write_text("", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert main(["run", "my"]) == 2
    assert "wqstudio run my.toml" in capsys.readouterr().err
