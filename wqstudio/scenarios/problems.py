"""What is wrong with a scenario file, said with the line and the field."""

import datetime as dt
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from itertools import zip_longest
from typing import Any, NamedTuple

from wqstudio.scenarios.file_format import schema
from wqstudio.scenarios.foreign_words import called_here, without_unit
from wqstudio.scenarios.positions import Path, line_of
from wqstudio.scenarios.problems_of_syntax import told_of_syntax

_ONE = {
    "queues": "queue",
    "consumers": "consumer",
    "workers": "worker",
    "producers": "producer",
    "mix": "kind",
    "faults": "fault",
    "expectations": "expectation",
    "settings": "setting",
}
"""What one of a list is called."""
_TYPES = {"integer": "int", "number": "float", "string": "string", "boolean": "true or false", "object": "table"}
_UNKNOWN = re.compile(r"unknown field `(.*?)`", re.DOTALL)
_MISSING = re.compile(r"missing required field `(.*?)`", re.DOTALL)
_PLACE = re.compile(r" - at `\$(.*)`$", re.DOTALL)
_STEP = re.compile(r"\.([^.\[]+)|\[(\d+)\]")


class Problem(NamedTuple):
    path: Path
    """Where: the field, or the table it is missing in."""
    text: str


class ScenarioError(Exception):
    """A line for each problem: file, line, place and what is wrong there."""


def told(source: str, found: Mapping[Path, int], problems: Iterable[Problem]) -> ScenarioError:
    """In the order of their lines."""
    lines = sorted((line_of(found, problem.path), place(problem.path), problem.text) for problem in problems)
    return ScenarioError("\n".join(f"{source}:{line}: {': '.join(filter(None, said))}" for line, *said in lines))


def syntax_error(source: str, text: str, error: str) -> ScenarioError:
    line, field, what = told_of_syntax(text, error)
    return ScenarioError(f"{source}:{line}: {': '.join(filter(None, (place((field,) if field else ()), what)))}")


def place(path: Path) -> str:
    """In words: ``worker 2, field "prefetch"``."""
    words: list[str] = []
    field: list[str] = []
    for step, after in zip_longest(path, path[1:]):
        if isinstance(step, int):
            if not field:
                continue
            words.append(f'field "{".".join(field)}", item {step + 1}')
            field = []
        elif isinstance(after, int) and step in _ONE:
            words.append(f"{_ONE[step]} {after + 1}")
        else:
            field.append(step)
    if field:
        words.append(f'field "{".".join(field)}"')
    return ", ".join(words)


def of_validation(error: str, document: Mapping[str, Any]) -> Problem:
    """From what msgspec says of the first thing that does not fit."""
    at = _PLACE.search(error)
    path: Path = tuple(name or int(number) for name, number in _STEP.findall(at[1])) if at else ()
    if unknown := _UNKNOWN.search(error):
        return Problem((*path, unknown[1]), f"there is no such field{_instead(unknown[1], _fields(path))}")
    if missing := _MISSING.search(error):
        wanted = _schema_at((*path, missing[1]))
        return Problem(path, f'field "{missing[1]}" is missing; {_to_be_added(missing[1], wanted)}')
    value = _at(document, path)
    wanted = _schema_at(path)
    return Problem(path, f"expected {_expected(wanted)}, got {_shown(value)}{_remedy(path, value, wanted)}")


def _instead(word: str, known: Sequence[str]) -> str:
    """The field that is meant, or all there are."""
    if meant := called_here(word, known):
        return f'; here that is called "{meant}"'
    return _nearest(word, known) or f"; there are: {', '.join(known)}"


def _to_be_added(field: str, wanted: Mapping[str, Any]) -> str:
    if wanted.get("type") == "array":
        return f"add a table [[{field}]]"
    described = f" ({wanted['description'].rstrip('.')})" if "description" in wanted else ""
    return f"add it, {_expected(wanted)}{described}"


def _remedy(path: Path, value: Any, wanted: Mapping[str, Any]) -> str:
    kind = wanted.get("type")
    if isinstance(value, str) and "enum" in wanted:
        return _nearest(value, [each for each in wanted["enum"] if isinstance(each, str)])
    match value:
        case dict() if kind == "array" and path:
            instead = f"[[{path[-1]}]], with two brackets, before each"
        case list() if kind == "object" and path:
            instead = f"{path[-1]} = {{ … }}, since there is one only"
        case _ if kind == "array" and not isinstance(value, list):
            instead = f"[{_shown(value)}]"
        case str():
            instead = _unquoted(value, kind)
        case float() if kind == "integer" and value == round(value):
            instead = f"{value:.0f}"
        case _:
            instead = ""
    return f"; write {instead}" if instead else ""


def _unquoted(text: str, kind: str | None) -> str:
    if kind == "boolean":
        return f"{text.lower()}, without quotation marks" if text.lower() in {"true", "false"} else ""
    if kind not in {"number", "integer"}:
        return ""
    number = without_unit(text, whole=kind == "integer")
    return f"{number}, without quotation marks and unit" if number else ""


def _nearest(word: str, known: Iterable[str]) -> str:
    near = get_close_matches(word, list(known), n=1, cutoff=0.7)
    return f'; did you mean "{near[0]}"?' if near else ""


def no_such(kind: str, named: str, known: Iterable[str], *, most: int = 8) -> str:
    """With what there is instead: the nearest, or all, up to ``most``."""
    names = sorted(known)
    listed = ", ".join([*names[:most], *(["…"] if len(names) > most else [])])
    return f'there is no {kind} "{named}"{_nearest(named, names) or (f"; there are: {listed}" if names else "")}'


def _at(document: Any, path: Path) -> Any:
    for step in path:
        document = document[step]
    return document


def _fields(path: Path) -> list[str]:
    return list(_schema_at(path).get("properties", ()))


def _schema_at(path: Path) -> dict[str, Any]:
    whole = schema()
    node = _resolved(whole, whole)
    for step in path:
        node = _resolved(node["items"] if isinstance(step, int) else node["properties"][step], whole)
    return node


def _resolved(node: dict[str, Any], whole: Mapping[str, Any]) -> dict[str, Any]:
    """Through references, and past what stands for "left out"."""
    while True:
        if "anyOf" in node:
            node = next(option for option in node["anyOf"] if option.get("type") != "null")
        elif "$ref" in node:
            node = whole["$defs"][node["$ref"].rpartition("/")[2]]
        else:
            return node


def _expected(node: Mapping[str, Any]) -> str:
    if "enum" in node:
        return f"one of {', '.join(map(_shown, (value for value in node['enum'] if value is not None)))}"
    if node.get("type") == "array":
        return "a list that is not empty" if node.get("minItems") else "a list"
    kind = _TYPES.get(node.get("type", ""), "something else")
    low, above, high = node.get("minimum"), node.get("exclusiveMinimum"), node.get("maximum")
    bounds = [f">= {low:g}"] if low is not None else []
    bounds += [f"> {above:g}"] if above is not None else []
    bounds += [f"<= {high:,.12g}"] if high is not None else []
    if node.get("minLength"):
        bounds.append("that is not empty" if not node.get("maxLength") else f"of 1 to {node['maxLength']} characters")
    elif node.get("maxLength"):
        bounds.append(f"of at most {node['maxLength']} characters")
    if "pattern" in node:
        bounds.append("of small letters, digits and -")
    return " ".join([kind, " and ".join(bounds)]).strip()


def _shown(value: object) -> str:
    """As it stands in the file, as far as that is short."""
    match value:
        case bool() | str():
            text = json.dumps(value, ensure_ascii=False)
            return text if len(text) <= 60 else f'{text[:56]} …"'
        case list():
            return "a list" if value else "an empty list"
        case dict():
            return "a table"
        case dt.date() | dt.time():
            return value.isoformat()
        case _:
            return str(value)
