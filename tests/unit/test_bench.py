"""What the benchmarks say before they begin."""

import subprocess
import sys

_WITHOUT = """
import sys
sys.modules["psutil"] = None
from tests.bench.__main__ import main
sys.exit(main())
"""


def test_without_what_the_tests_need_it_is_said_what_sets_it_up() -> None:
    command = [sys.executable, "-c", _WITHOUT, "timeline"]
    told = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert told.returncode == 2
    assert "psutil is not installed; packaging/test.sh sets up what benchmarks and tests need" in told.stderr
    assert "Traceback" not in told.stderr
