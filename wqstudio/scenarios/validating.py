"""All that does not fit what a scenario file may say: msgspec stops at the first, so it is mended, and looked again."""

import copy
from collections.abc import Mapping
from typing import Any

import msgspec

from wqstudio.scenarios.file_format import ScenarioFile
from wqstudio.scenarios.positions import Path
from wqstudio.scenarios.problems import Misfit, Problem, meant_by, of_misfit, schema_at, value_at

_MOST = 20
"""Problems that are told at once."""


def validated(document: Mapping[str, Any]) -> tuple[ScenarioFile | None, list[Problem]]:
    """The file, or what is wrong with it."""
    found: list[Problem] = []
    mended = copy.deepcopy(dict(document))
    while True:
        try:
            file = msgspec.convert(mended, ScenarioFile)
        except msgspec.ValidationError as error:
            misfit = Misfit.of(str(error))
            found.append(of_misfit(misfit, mended))
            if len(found) == _MOST or not _mend(mended, misfit):
                return None, found
        else:
            return (None, found) if found else (file, [])


def _mend(document: dict[str, Any], misfit: Misfit) -> bool:
    """So that what comes after it is looked at; False: nobody could say how."""
    if not misfit.path:
        return False
    *path, field = misfit.path
    table = value_at(document, tuple(path))
    if misfit.unknown and (meant := meant_by(misfit)) and meant not in table:
        table[meant] = table.pop(field)
        return True
    if misfit.unknown or not (misfit.missing or isinstance(field, int) or _needed(tuple(path), field)):
        del table[field]
        return True
    stand_in = _stand_in(schema_at(misfit.path))
    if stand_in is None:
        return False
    table[field] = stand_in
    return True


def _needed(path: Path, field: str) -> bool:
    return field in schema_at(path).get("required", ())


def _stand_in(wanted: Mapping[str, Any]) -> Any:
    """Something that fits. None: a table, or a list, of which nobody knows what would be in it."""
    if "enum" in wanted:
        return wanted["enum"][0]
    match wanted.get("type"):
        case "string":
            return "x" * wanted.get("minLength", 0)
        case "boolean":
            return False
        case "integer" | "number":
            return wanted.get("minimum", wanted.get("exclusiveMinimum", 0) + 1)
        case _:
            return None
