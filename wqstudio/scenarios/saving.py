"""Scenarios into files, which are read back before they are believed."""

from pathlib import Path

from wqstudio.domain.scenario import Scenario
from wqstudio.scenarios.reading import read
from wqstudio.scenarios.writing import written


def save(scenario: Scenario, file: Path) -> None:
    """Whole, or not at all. ScenarioError: it would not be read again. FileExistsError, as nothing is overwritten.

    Else OSError.
    """
    text = written(scenario)
    read(text, file.name, file.stem)
    if file.exists():
        raise FileExistsError(f"{file} is there already, and is not overwritten; name another file.")
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f"{file.name}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.rename(file)
    finally:
        part.unlink(missing_ok=True)
