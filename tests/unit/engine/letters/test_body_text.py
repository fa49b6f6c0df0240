"""How a body reads, whatever it is asked to be read as."""

import json
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given, strategies as st

from tests.unit.engine.letters.test_bodies import json_values
from wqstudio.engine.letters.bodies import FIRST, Content, Form, opened
from wqstudio.engine.letters.body_text import PIECE, BodyError, as_hex, dumped, from_hex, json_fault, pretty, shown


def read(content: Content, form: Form) -> str:
    return "".join(shown(content, form).pieces)


def test_json_has_a_line_for_each_item_and_its_numbers_as_they_came() -> None:
    text = '{"a":1.10, "b" : [], "c":{ }, "d":[1e400,{"x":null}],\n"e": "a\\"b: ,"}'
    assert "".join(pretty(text)) == (
        '{\n  "a": 1.10,\n  "b": [],\n  "c": {},\n  "d": [\n    1e400,\n    {\n      "x": null\n    }\n  ],\n'
        '  "e": "a\\"b: ,"\n}'
    )


@given(json_values, st.sampled_from([None, 1]))
def test_json_reads_as_the_usual_layout(value: object, indent: int | None) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    assert "".join(pretty(text)) == json.dumps(value, ensure_ascii=False, indent=2)


@given(st.text(alphabet='{}[],:"\\ \n1a') | st.text())
def test_of_what_is_no_json_no_letter_is_lost(text: str) -> None:
    assert "".join("".join(pretty(text)).split()) == "".join(text.split())


def test_white_space_does_not_grow_beyond_bounds() -> None:
    deep = "[" * 900 + ",".join(["1"] * 100_000) + "]" * 900
    pieces = list(pretty(deep))
    assert sum(map(len, pieces)) < len(deep) * 70
    assert max(map(len, pieces)) <= PIECE


def test_the_first_piece_of_a_large_one_comes_without_the_rest() -> None:
    content = opened(b"[" + b"1," * 20_000_000 + b"1]")
    made = shown(content, Form.JSON)
    assert not made.whole
    assert next(made.pieces).startswith("[\n  1,\n")
    assert len(content.data) == FIRST


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('{"a": [1, 2]}', ""),
        ("[1,\n 2,,3]", "Line 2, column 4: "),
        ("[NaN]", "NaN is not a number"),
        ("[1", "Line 1, column 3: "),
        ("", "Line 1, column 1: "),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_faults_of_json_are_located(text: str, fault: str) -> None:
    assert fault in json_fault(text)
    assert bool(fault) is bool(json_fault(text))


def test_hex_dump() -> None:
    data = bytes(range(60, 80))
    assert "".join(dumped(data, 16)) == (
        "00000000  3c 3d 3e 3f 40 41 42 43 44 45 46 47 48 49 4a 4b  <=>?@ABCDEFGHIJK\n"
        "00000010  4c 4d 4e 4f                                      LMNO"
    )
    assert "".join(dumped(bytes(10_000), 8)).count("\n") == 1249
    assert list(dumped(b"", 16)) == []


@given(st.binary())
def test_hex_is_read_back(data: bytes) -> None:
    assert from_hex(as_hex(data)) == data


@pytest.mark.parametrize(("text", "why"), [("00 1", "one is missing"), ("00\n0g", "Line 2, column 2: 'g'")])
def test_wrong_hex_is_located(text: str, why: str) -> None:
    with pytest.raises(BodyError, match=why):
        from_hex(text)


def test_messagepack_says_more_than_json_can() -> None:
    moment = datetime(2024, 5, 1, tzinfo=UTC)
    value = {"b": b"\x01\x02", 1: [float("inf"), moment, msgspec.msgpack.Ext(5, b"x")], None: 2.5}
    content = opened(msgspec.msgpack.encode(value))
    assert content.form is Form.MSGPACK
    assert json.loads(read(content, Form.MSGPACK)) == {
        "b": "0x0102",
        "1": ["inf", "2024-05-01T00:00:00+00:00", "extension 5: 0x78"],
        "null": 2.5,
    }


def test_a_large_messagepack_is_hex_until_all_is_asked_for() -> None:
    body = msgspec.msgpack.encode(["x" * 50] * 10_000)
    made = shown(opened(body), Form.MSGPACK)
    assert (made.form, made.whole) == (Form.HEX, False)
    assert "once all of it" in made.remark
    assert shown(opened(body, limit=len(body)), Form.MSGPACK).form is Form.MSGPACK


@pytest.mark.parametrize(
    ("body", "form", "shows", "remark"),
    [
        (b"[1,,2]", Form.JSON, Form.TEXT, "not JSON. Line 1, column 4"),
        (b"a\xffb", Form.TEXT, Form.TEXT, "byte 1 is the first"),
        (b"hello", Form.MSGPACK, Form.HEX, "not MessagePack"),
        (b"", Form.TEXT, Form.TEXT, ""),
        (b"", Form.MSGPACK, Form.HEX, "not MessagePack"),
    ],
)
def test_what_cannot_be_read_so_is_said(body: bytes, form: Form, shows: Form, remark: str) -> None:
    made = shown(opened(body), form)
    assert made.form is shows
    assert remark in made.remark
    assert bool(remark) is bool(made.remark)


@given(st.binary(max_size=300), st.sampled_from(list(Form)), st.booleans())
def test_anything_can_be_shown_as_anything(data: bytes, form: Form, whole: bool) -> None:
    read(Content(data, Form.HEX, whole), form)
