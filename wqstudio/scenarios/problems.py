"""What is wrong with a scenario file, said with the line and the field."""

import datetime as dt
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from itertools import zip_longest
from typing import Any, NamedTuple, Self

from wqstudio.scenarios.file_format import schema
from wqstudio.scenarios.foreign_words import called_here, said_here, without_unit
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
_TYPES = {
    "integer": "a whole number",
    "number": "a number",
    "string": "a text",
    "boolean": "true or false",
    "object": "a table",
}
_LONG = 1e12
"""Numbers from which on Python would write an exponent."""
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


class Misfit(NamedTuple):
    """What msgspec says of the first thing that does not fit."""

    path: Path
    """Of the field, be it there or not."""
    unknown: bool = False
    missing: bool = False

    @classmethod
    def of(cls, error: str) -> Self:
        at = _PLACE.search(error)
        path: Path = tuple(name or int(number) for name, number in _STEP.findall(at[1])) if at else ()
        if unknown := _UNKNOWN.search(error):
            return cls((*path, unknown[1]), unknown=True)
        if missing := _MISSING.search(error):
            return cls((*path, missing[1]), missing=True)
        return cls(path)


def of_misfit(misfit: Misfit, document: Mapping[str, Any]) -> Problem:
    *table, field = misfit.path or ("",)
    if misfit.unknown:
        return Problem(misfit.path, f"there is no such field{_instead(str(field), _fields(tuple(table)))}")
    wanted = schema_at(misfit.path)
    if misfit.missing:
        return Problem(tuple(table), f'field "{field}" is missing; {_to_be_added(str(field), wanted)}')
    value = value_at(document, misfit.path)
    return Problem(
        misfit.path, f"expected {_expected(wanted)}, not {_shown(value)}{_remedy(misfit.path, value, wanted)}"
    )


def meant_by(misfit: Misfit) -> str:
    """The field that an unknown one most likely is; empty: none."""
    *table, word = misfit.path
    known = _fields(tuple(table))
    return called_here(str(word), known) or next(iter(_near(str(word), known)), "")


def _instead(word: str, known: Sequence[str]) -> str:
    """The field that is meant, or all there are."""
    if meant := called_here(word, known):
        return f'; here that is called "{meant}"'
    return _nearest(word, known) or f"; there are: {', '.join(known)}"


def _to_be_added(field: str, wanted: Mapping[str, Any]) -> str:
    if wanted.get("type") == "array":
        return f"add a table [[{field}]]"
    sentence = wanted.get("description", "").partition(". ")[0].rstrip(".")
    described = f" ({sentence})" if sentence else ""
    return f"add it, {_expected(wanted)}{described}"


def _remedy(path: Path, value: Any, wanted: Mapping[str, Any]) -> str:
    kind = wanted.get("type")
    if isinstance(value, str) and "enum" in wanted:
        known = [each for each in wanted["enum"] if isinstance(each, str)]
        meant = said_here(value, known)
        return f'; here that is called "{meant}"' if meant else _nearest(value, known)
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
    near = _near(word, known)
    return f'; did you mean "{near[0]}"?' if near else ""


def _near(word: str, known: Iterable[str]) -> list[str]:
    return get_close_matches(word, list(known), n=1, cutoff=0.7)


def no_such(kind: str, named: str, known: Iterable[str], *, most: int = 8) -> str:
    """With what there is instead: the nearest, or all, up to ``most``."""
    names = sorted(known)
    listed = ", ".join([*names[:most], *(["…"] if len(names) > most else [])])
    return f'there is no {kind} "{named}"{_nearest(named, names) or (f"; there are: {listed}" if names else "")}'


def value_at(document: Any, path: Path) -> Any:
    for step in path:
        document = document[step]
    return document


def _fields(path: Path) -> list[str]:
    return list(schema_at(path).get("properties", ()))


def schema_at(path: Path) -> dict[str, Any]:
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
    bounds = [_range(low, above, high)] if (low, above, high) != (None, None, None) else []
    if node.get("minLength"):
        bounds.append("that is not empty" if not node.get("maxLength") else f"of 1 to {node['maxLength']} characters")
    elif node.get("maxLength"):
        bounds.append(f"of at most {node['maxLength']} characters")
    if "pattern" in node:
        bounds.append("of lower-case letters, digits and -")
    return " ".join([kind, *bounds])


def _range(low: float | None, above: float | None, high: float | None) -> str:
    """Where a number has to be, of what is said of it."""
    most = "" if high is None else f"{high:,.12g}" if high < _LONG else f"{high:,.0f}"
    if low is not None:
        return f"from {low:,.12g} to {most}" if most else f"of at least {low:,.12g}"
    if above is not None:
        return f"above {above:,.12g}{f' and up to {most}' if most else ''}"
    return f"up to {most}"


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
