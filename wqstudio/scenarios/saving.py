"""Scenarios into files, which are read back before they are believed."""

import contextlib
from pathlib import Path

from wqstudio.domain.scenario import Scenario
from wqstudio.scenarios.file_format import SCHEMA, schema_text
from wqstudio.scenarios.reading import read
from wqstudio.scenarios.writing import written


def save(scenario: Scenario, file: Path) -> None:
    """Whole, or not at all; beside it the schema that it names, for editors to complete from.

    ScenarioError: it would not be read again. FileExistsError, as nothing is overwritten. Else OSError.
    """
    text = written(scenario)
    read(text, file.name, file.stem)
    if file.exists():
        raise FileExistsError(f"{file} is there already, and is not overwritten; name another file.")
    file.parent.mkdir(parents=True, exist_ok=True)
    _write(file, text)
    beside = file.with_name(SCHEMA.name)
    if not beside.exists():
        with contextlib.suppress(OSError):  # the scenario is saved, and can be read without
            _write(beside, schema_text())


def _write(file: Path, text: str) -> None:
    part = file.with_name(f"{file.name}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.rename(file)
    finally:
        part.unlink(missing_ok=True)
