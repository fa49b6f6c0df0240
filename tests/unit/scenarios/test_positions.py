import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
import tomli_w
from hypothesis import given, strategies as st

from wqstudio.scenarios.positions import Path, line_of, positions

TEXT = """\
# a comment with [brackets] and = signs
title = "x # no comment [[no]]"
watch = [
    "one", # and a comment, too
    '''two
lines''',
    "three",
]

[[queues]]
name = 'jobs'
consumers = [{ name = "a", filter = "}" }, {
    name = "b", ack_wait = 1.5 }]

[[queues]]
"name" = "dead"
    [[queues.consumers]]
    name = "c"

[[workers]]
on_failure.delay = 3
[workers.prior]
queue = "jobs"
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("title",), 2),
        (("watch",), 3),
        (("watch", 0), 4),
        (("watch", 1), 5),
        (("watch", 2), 7),
        (("queues",), 10),
        (("queues", 0), 10),
        (("queues", 0, "name"), 11),
        (("queues", 0, "consumers", 0, "filter"), 12),
        (("queues", 0, "consumers", 1), 12),
        (("queues", 0, "consumers", 1, "ack_wait"), 13),
        (("queues", 1), 15),
        (("queues", 1, "name"), 16),
        (("queues", 1, "consumers", 0), 17),
        (("queues", 1, "consumers", 0, "name"), 18),
        (("workers", 0, "on_failure", "delay"), 21),
        (("workers", 0, "prior"), 22),
        (("workers", 0, "prior", "queue"), 23),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_where_things_stand(path: Path, line: int, newline: str) -> None:
    assert positions(TEXT.replace("\n", newline))[path] == line


def test_what_stands_nowhere_is_where_the_thing_around_it_is() -> None:
    found = positions(TEXT)
    assert line_of(found, ("queues", 1, "routes")) == 15
    assert line_of(found, ("producers", 3)) == 1


_SCALARS = st.one_of(st.text(st.characters(codec="utf-8"), max_size=20), st.integers(-9, 9), st.booleans())
_TABLES = st.recursive(
    st.dictionaries(st.text("ab.\" ='#[]", min_size=1, max_size=4), _SCALARS, max_size=3),
    lambda inner: st.dictionaries(st.sampled_from("xyz"), st.one_of(inner, st.lists(inner, max_size=3)), max_size=3),
    max_leaves=8,
)


def _paths(value: Any, path: Path = ()) -> Iterator[Path]:
    if path:
        yield path
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _paths(inner, (*path, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _paths(inner, (*path, number))


@given(_TABLES)
def test_everything_in_a_text_is_found(document: dict[str, Any]) -> None:
    text = tomli_w.dumps(document)
    assert tomllib.loads(text) == document
    found = positions(text)
    lines = text.count("\n") + 1
    for path in _paths(document):
        assert 1 <= found[path] <= lines
        key = path[-1]
        if isinstance(key, str) and key.isalpha():
            assert key in text.split("\n")[found[path] - 1]
