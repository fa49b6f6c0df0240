"""What came of a scenario, as a page that anybody can open."""

from pathlib import Path

from wqstudio import __version__
from wqstudio.engine.report.html import page_html
from wqstudio.engine.report.of_runs import page_of
from wqstudio.scenarios.sittings import Result


def write_report(result: Result, file: Path) -> None:
    """OSError: it could not be written. ``result`` has one run at least."""
    page = page_of(result.sitting.scenario, result.runs, result.verdicts, f"wqstudio {__version__}")
    file.write_text(page_html(page), encoding="utf-8")
