"""What is wrong with a text that is no TOML, where it is, and what it should be."""

import re

_SAID = re.compile(r"^(.*) \(at (?:line (\d+), column \d+|end of document)\)$", re.DOTALL)
_KEY = re.compile(r"""^\s*([A-Za-z0-9_-]+|"[^"]*"|'[^']*')\s*=""")
_NUMBER_WITH_UNIT = re.compile(r"=\s*[-+]?\d[\d_.]*[A-Za-z%]")
_TWICE = "it is there twice; leave one of the two out"
_LINES = "a line is name = value, a [[table]], or a # comment"
_REMEDIES = {
    "Cannot overwrite": _TWICE,
    "Cannot declare": _TWICE,
    "Cannot mutate": _TWICE,
    "Cannot redefine": _TWICE,
    "Invalid value": (
        'a text stands in "quotation marks", a number is without a unit, else there is true or false; or a list before '
        "it is not closed"
    ),
    "Invalid statement": _LINES,
    "Expected '=' after": _LINES,
    "Expected newline": "what follows the value is too much; numbers are without a unit",
    "Invalid initial character": _LINES,
    "Unclosed": "what is opened here is not closed",
    "Unterminated": "the text is not closed: its quotation mark is missing",
    "Illegal character '\\n'": "the text is not closed on its line: its quotation mark is missing",
    "Unescaped '\\'": "in a text \\ stands twice, or the text stands in 'single marks'",
    "Expected ']": "a table of a list is [[so]], another [so]",
}
_SECOND_SIGN = re.compile(r"""^\s*[^=\s"'#]+\s*=\s*=""")
_UNIT = "a number is without a unit: write seconds, or bytes"


def told_of_syntax(text: str, error: str) -> tuple[int, str, str]:
    """Line, field (empty: none) and what is wrong, from what ``tomllib`` says."""
    said = _SAID.match(error)
    what = said[1] if said else error
    lines = text.splitlines()
    written = [number for number, line in enumerate(lines, 1) if line.strip()]
    line = int(said[2]) if said and said[2] else (written[-1] if written else 1)
    there = lines[line - 1] if line <= len(lines) else ""
    key = _KEY.match(there)
    return line, key[1].strip("\"'") if key else "", f"not TOML: {what}: {_remedy(what, there)}"


def _remedy(what: str, line: str) -> str:
    if _SECOND_SIGN.match(line):
        return 'there is a second "="; leave one of the two out'
    if _NUMBER_WITH_UNIT.search(line):
        return _UNIT
    return next((remedy for beginning, remedy in _REMEDIES.items() if what.startswith(beginning)), _LINES)
