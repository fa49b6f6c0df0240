from pathlib import Path

import pytest

from wqstudio.scenarios import SCENARIOS
from wqstudio.scenarios.file_format import schema_text
from wqstudio.scenarios.reading import read_file
from wqstudio.scenarios.saving import save


def test_the_schema_that_a_saved_scenario_names_lies_beside_it(tmp_path: Path) -> None:
    scenario = SCENARIOS.named("fair-dispatch")
    assert scenario is not None
    file = tmp_path / "new" / "fair-dispatch.toml"
    save(scenario, file)
    assert read_file(file) == scenario
    named = file.read_text(encoding="utf-8").partition("\n")[0].removeprefix("#:schema ")
    schema = file.parent / named
    assert schema.read_text(encoding="utf-8") == schema_text()
    assert {each.name for each in file.parent.iterdir()} == {file.name, named}


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    scenario = SCENARIOS.named("fair-dispatch")
    assert scenario is not None
    file, schema = tmp_path / "mine.toml", tmp_path / "scenario.schema.json"
    schema.write_text("{}", encoding="utf-8")
    save(scenario, file)
    with pytest.raises(FileExistsError):
        save(scenario, file)
    assert schema.read_text(encoding="utf-8") == "{}"
