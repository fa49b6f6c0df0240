"""``wqstudio run`` with files, settings and what it writes."""

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.servers import NatsServer
from wqstudio.brokers.local import rabbitmq_server
from wqstudio.brokers.local.errors import LocalServerError
from wqstudio.brokers.local.rabbitmq_install import Installation
from wqstudio.cli import main
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
    assert told["held"] is True
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
    assert told["runs"][0]["figures"]["acknowledged"] == 20
    (suite,) = ET.parse(junit).getroot()
    assert (suite.get("name"), suite.get("tests"), suite.get("failures")) == ("mine on NATS", "9", "0")
    assert "All is done." in {case.get("name") for case in suite}
    page = report.read_text()
    assert "<title>Mine</title>" in page
    assert "All is done." in page


def test_one_setting_alone_compares_with_none(tmp_path: Path, nats_server: NatsServer) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(MINE.replace("is = 20", "is = 21"))
    result = _run(str(file), "--broker", nats_server.url, "--setting", "two", "--json")
    assert result.returncode == 1
    assert "acknowledged is 20, expected 21" in result.stderr
    told = json.loads(result.stdout)
    assert (told["setting"], told["held"], told["balanced"]) == ("two", False, True)
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


def test_what_is_wrong_with_a_file_is_said_with_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(MINE.replace("service = 0.01", 'service = 0.01\nprefetch = "many"'))
    assert main(["run", str(file)]) == 2
    assert f'{file}:9: worker 1, field "prefetch": expected int >= 0, got "many"' in capsys.readouterr().err


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
    assert json.loads(told.out)["product"] == "nats"
    assert "could not be played: RabbitMQ is not installed" in told.err
