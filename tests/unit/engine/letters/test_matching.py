"""Which letters a filter means."""

import base64
import gzip
import json
import re
import time
import zlib
from dataclasses import replace

import jsonpath
import msgspec
import pytest

from wqstudio.brokers.letters import Held
from wqstudio.domain.letter import Header, Letter
from wqstudio.domain.redrive import Match
from wqstudio.engine.letters import patterns
from wqstudio.engine.letters.matching import MOST_UNPACKED, MatchError, Sieve, compiled, needs_reading
from wqstudio.engine.letters.patterns import PatternTimeoutError

LETTER = Letter(
    id=1,
    queue="jobs.dead",
    body=b'{"order": {"id": 42, "paid": true, "lines": [{"sku": "A"}, {"sku": "B"}]}}',
    headers=(Header("Content-Type", "application/json"), Header("tries", 3, "int"), Header("raw", b"abc", "bytes")),
    origin="jobs",
    route="orders.new",
    source="orders.new",
    reason="rejected",
)


@pytest.mark.parametrize(
    "match",
    [
        Match(),
        Match(text="ORDER"),
        Match(text="application/JSON"),
        Match(regex=r'"id": \d+'),
        Match(json_path="$.order.id"),
        Match(json_path="$.order.id", json_value="42"),
        Match(json_path="$.order.paid", json_value="true"),
        Match(json_path="$..sku", json_value="B"),
        Match(json_path="$.order.lines[?@.sku == 'A']"),
        Match(header="content-type"),
        Match(header="tries", header_value="3"),
        Match(header="raw", header_value="abc"),
        Match(reason="Rejected"),
        Match(origin="jobs"),
        Match(origin="orders.new"),
        Match(route="orders.new"),
        Match(route="orders.>"),
        Match(older_than=3500, younger_than=3700),
        Match(text="sku", origin="jobs", reason="rejected", header="tries"),
    ],
)
def test_means(match: Match) -> None:
    assert compiled(match)(_dead_for_an_hour())


@pytest.mark.parametrize(
    "match",
    [
        Match(text="invoice"),
        Match(regex=r"^order"),
        Match(json_path="$.order.total"),
        Match(json_path="$.order.id", json_value="43"),
        Match(json_path="$.order.paid", json_value="1"),
        Match(header="tries", header_value="33"),
        Match(header="absent"),
        Match(reason="expired"),
        Match(origin="job"),
        Match(route="orders"),
        Match(route="*.old"),
        Match(older_than=3700),
        Match(younger_than=3500),
        Match(text="sku", origin="elsewhere"),
    ],
)
def test_does_not_mean(match: Match) -> None:
    assert not compiled(match)(_dead_for_an_hour())


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"42"])
def test_a_body_that_is_no_document_has_no_path(body: bytes) -> None:
    letter = Letter(id=1, queue="q", body=body, headers=())
    assert not compiled(Match(json_path="$..id"))(letter)


WRAPPED = [
    gzip.compress(LETTER.body),
    base64.b64encode(LETTER.body),
    base64.b64encode(zlib.compress(LETTER.body)),
    msgspec.msgpack.encode(json.loads(LETTER.body)),
]


@pytest.mark.parametrize("body", WRAPPED, ids=["gzip", "base64", "zlib in base64", "MessagePack"])
def test_a_body_is_unpacked_as_it_is_for_the_eye(body: bytes) -> None:
    letter = replace(LETTER, body=body)
    for meant in (Match(json_path="$.order.id", json_value="42"), Match(text="SKU"), Match(regex="s?ku")):
        assert compiled(meant)(letter), meant
    for other in (Match(json_path="$.order.id", json_value="43"), Match(text="invoice"), Match(regex="^order")):
        assert not compiled(other)(letter), other


def test_what_was_typed_may_be_found_in_the_wrap_itself() -> None:
    letter = replace(LETTER, body=base64.b64encode(LETTER.body))
    assert compiled(Match(text=letter.body.decode()[:20]))(letter)


def test_a_text_is_found_however_json_writes_its_letters() -> None:
    letter = replace(LETTER, body=json.dumps({"what": "Größe"}).encode())
    assert b"\\u00f6" in letter.body
    assert compiled(Match(text="größe"))(letter)
    assert not compiled(Match(text="grosse"))(replace(letter, body=rb"Gr\u00f6sse"))


def test_no_more_than_a_bounded_part_is_unpacked() -> None:
    letter = replace(LETTER, body=gzip.compress(b"early" + bytes(MOST_UNPACKED) + b"late"))
    assert compiled(Match(text="early"))(letter)
    assert not compiled(Match(text="late"))(letter)


def test_what_died_nobody_knows_when_is_neither_older_nor_younger() -> None:
    letter = Letter(id=1, queue="q", body=b"", headers=())
    assert not compiled(Match(older_than=0))(letter)
    assert not compiled(Match(younger_than=1e9))(letter)


@pytest.mark.parametrize(("match", "named"), [(Match(regex="a(b"), "'a(b'"), (Match(json_path="order.["), "'order.['")])
def test_a_filter_that_makes_no_sense_is_named(match: Match, named: str) -> None:
    with pytest.raises(MatchError, match=re.escape(named)):
        compiled(match)


@pytest.mark.parametrize(
    "match",
    [
        Match(regex="(a|aa)+$"),
        Match(json_path="$[?match(@, '(a|aa)+c')]"),
        Match(json_path="$[?search(@, '(a|aa)+$')]"),
        Match(json_path="$[?@ =~ /(A|AA)+c/i]"),
    ],
)
def test_a_pattern_that_would_never_end_is_stopped_and_named(match: Match, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a document with many places to try it on, too."""
    monkeypatch.setattr(patterns, "WITHIN", 0.1)
    body = json.dumps(["a" * 5_000 + "!"] * 100).encode()
    began = time.process_time()
    with pytest.raises(PatternTimeoutError, match=r"\(a\|aa\)\+|\(A\|AA\)\+c"):
        compiled(match)(Letter(id=1, queue="q", body=body, headers=()))
    assert time.process_time() - began < 3


def test_patterns_in_paths_match_as_they_are_meant_to() -> None:
    letter = Letter(id=1, queue="q", body=b'{"a": "Anna", "b": 3}', headers=())
    for path in ("$[?match(@, '[A-Z]nna')]", "$[?search(@, 'nn')]", "$[?@ =~ /anna/i]"):
        assert compiled(Match(json_path=path))(letter), path
    for path in ("$[?match(@, 'nna')]", "$[?search(@, 'm')]", "$[?search(@, 'a(')]", "$[?@ =~ /anna/]"):
        assert not compiled(Match(json_path=path))(letter), path


def test_only_an_empty_filter_needs_no_reading() -> None:
    assert not needs_reading(Match())
    assert needs_reading(Match(reason="rejected"))


def _dead_for_an_hour() -> Letter:
    return replace(LETTER, died_at=time.time() - 3600)


class _Read:
    """Letters with that body, and how many of them were read."""

    def __init__(self) -> None:
        self.count = 0

    def read(self, held: Held) -> Letter:
        self.count += 1
        return replace(LETTER, body=held.body)


@pytest.mark.parametrize(
    ("match", "meant", "read"),
    [
        (Match(json_path="$.order.id", json_value="42"), True, 1),
        (Match(json_path="$.order.id", json_value="43"), False, 0),
        (Match(regex="nowhere"), False, 0),
        (Match(regex="sku", json_path="$.order"), True, 1),
        (Match(regex="sku", reason="expired"), False, 1),
        (Match(text="nowhere"), False, 1),
        (Match(), True, 1),
    ],
)
def test_what_its_body_alone_rules_out_is_not_read(match: Match, meant: bool, read: int) -> None:
    letters, held = _Read(), Held(1, "jobs.dead", b"", LETTER.body, None)
    assert (Sieve(match).meant(letters, held) is not None) is meant
    assert letters.count == read


@pytest.mark.parametrize("path", ["$", "$.a", "$['a']", "$.a.b", "$.a.b.c", "$.a[0]", "$.*", "$..b", "$.a|$.b", "a"])
@pytest.mark.parametrize("body", ['{"a": {"b": null}}', '{"a": [1]}', "[1]", '{"b": {"a": 1}}', '{"a": "b"}', "3"])
def test_paths_of_names_mean_what_the_library_means(path: str, body: str) -> None:
    document = json.loads(body)
    expected = isinstance(document, dict | list) and bool(jsonpath.findall(path, document))
    assert compiled(Match(json_path=path))(replace(LETTER, body=body.encode())) is expected
