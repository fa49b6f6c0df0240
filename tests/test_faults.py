"""What faults did to messages: the table of a run is kept where the run is told to."""

import os
import subprocess
import sys
from pathlib import Path

_TEST = """
from tests.faults import Faults

def test_cut(request):
    Faults(request.node).note("cut", [b"1", b"2", b"3"], [b"1", b"1", b"3"], "nats")
"""


def test_the_table_is_kept_in_a_file(tmp_path: Path) -> None:
    printed = _run(tmp_path)
    kept = (tmp_path / "kept.txt").read_text()
    assert [line.split() for line in kept.splitlines()] == [
        ["fault", "broker", "before", "after", "lost", "doubled"],
        ["cut", "nats", "3", "3", "1", "1"],
    ]
    assert kept in printed


def test_a_second_run_of_what_failed_leaves_the_table_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "kept.txt").write_text("all of them")
    _run(tmp_path, "--last-failed")
    assert (tmp_path / "kept.txt").read_text() == "all of them"


def _run(folder: Path, *options: str) -> str:
    """What it printed."""
    (folder / "test_cut.py").write_text(_TEST)
    root = Path(__file__).parents[1]
    environment = {**os.environ, "PYTHONPATH": str(root), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    alone = ["-c", os.devnull, "--rootdir", str(folder), "-p", "tests.faults"]
    command = [sys.executable, "-m", "pytest", *alone, "--faults=kept.txt", *options, "test_cut.py"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True).stdout
