"""What JSON writes in ASCII is read, and means the same."""

import json

import pytest
from hypothesis import given, strategies as st

from wqstudio.engine.letters import body_text
from wqstudio.engine.letters.bodies import Form, opened
from wqstudio.engine.letters.json_escapes import unescaped


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r'"Gr\u00f6\u00dfe"', '"Größe"'),
        (r'"\ud83d\ude00"', '"\N{GRINNING FACE}"'),
        (r'"\ud83d"', r'"\ud83d"'),
        (r'"\\u00f6"', r'"\\u00f6"'),
        (r'"\u0022\u005c\u000a"', r'"\"\\\n"'),
        (r'"\u00f', r'"\u00f'),
    ],
)
def test_letters_are_read_and_what_means_something_stays(written: str, read: str) -> None:
    assert unescaped(written) == read


@given(st.text())
def test_it_means_the_same(text: str) -> None:
    assert json.loads(unescaped(json.dumps(text))) == text


def test_json_is_shown_with_its_letters() -> None:
    shown = body_text.shown(opened(rb'{"a": "Gr\u00f6\u00dfe"}', limit=1000), Form.JSON)
    assert '"Größe"' in "".join(shown.pieces)
