"""What fails in the background of a test fails the test."""

import os
import subprocess
import sys
from pathlib import Path

_TEST = """
import asyncio
from wqstudio.background import spawn

async def _fail() -> None:
    raise ZeroDivisionError

async def _go_on() -> None:
    await asyncio.wait([spawn(_fail(), "divide")])

def test_goes_on():
    asyncio.run(_go_on())
"""


def test_a_background_task_that_fails_fails_its_test(tmp_path: Path) -> None:
    (tmp_path / "test_background.py").write_text(_TEST)
    root = Path(__file__).parents[1]
    environment = {**os.environ, "PYTHONPATH": str(root), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    alone = ["-c", os.devnull, "--rootdir", str(tmp_path), "-p", "tests.unheard", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", *alone, "test_background.py"]
    ended = subprocess.run(command, check=False, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert ended.returncode == 1
    assert "background task 'divide' failed" in ended.stdout
    assert "ZeroDivisionError" in ended.stdout
