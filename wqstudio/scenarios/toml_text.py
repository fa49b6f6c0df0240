"""TOML as a person would lay it out: what is plain first, then a headed table for each thing in a list of them."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

_WIDTH = 100


def toml(document: Mapping[str, Any]) -> str:
    """Of strings, numbers, truth values, lists and tables, in any depth."""
    headed = {name: value for name, value in document.items() if _is_list_of_tables(value)}
    blocks = ["\n".join(_lines({name: value for name, value in document.items() if name not in headed}))]
    blocks += ["\n".join([f"[[{name}]]", *_lines(table)]) for name, tables in headed.items() for table in tables]
    return "\n\n".join(filter(None, blocks)) + "\n"


def _is_list_of_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, Mapping) for each in value)


def _lines(table: Mapping[str, Any]) -> Iterator[str]:
    for name, value in table.items():
        line = f"{name} = {_literal(value)}"
        if len(line) <= _WIDTH or not isinstance(value, list):
            yield line
        else:
            yield f"{name} = ["
            yield from (f"    {_literal(each)}," for each in value)
            yield "]"


def _literal(value: Any) -> str:
    match value:
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case bool():
            return "true" if value else "false"
        case list():
            return f"[{', '.join(map(_literal, value))}]"
        case Mapping():
            return f"{{ {', '.join(f'{name} = {_literal(inner)}' for name, inner in value.items())} }}"
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case _:
            return repr(value)
