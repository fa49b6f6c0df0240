import json
import tomllib
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from wqstudio import resources
from wqstudio.scenarios.file_format import SCHEMA, schema_text

FILES = sorted(resources.path("scenarios").glob("*.toml"))


def test_the_schema_that_is_kept_is_that_of_the_format() -> None:
    assert SCHEMA.read_text(encoding="utf-8") == schema_text(), "run python -m wqstudio.scenarios.file_format"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_built_in_scenarios_conform_to_the_schema(file: Path) -> None:
    validator = Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    document = tomllib.loads(file.read_text(encoding="utf-8"))
    assert [error.message for error in validator.iter_errors(document)] == []


def test_the_schema_refuses_what_the_format_does() -> None:
    validator = Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert not validator.is_valid({"queues": [{"name": "jobs"}], "workers": [{"prefetch": -1}]})
    assert not validator.is_valid({"queues": [{"name": "jobs"}], "workers": [{"prefech": 1}]})
    assert validator.is_valid({"queues": [{"name": "jobs"}], "workers": [{"prefetch": 1}]})
