"""What a person changes about a body, and all else that stays as it came."""

import base64
import gzip
import json
import os
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given, strategies as st

from tests.unit.engine.letters.test_bodies import json_values
from wqstudio.engine.letters.bodies import Form, opened
from wqstudio.engine.letters.body_editing import Layout, body_of, draft, fault, insistible
from wqstudio.engine.letters.body_text import BodyError

VALUE = {"id": 42, "lines": [1, 2.5, {"name": "Jørn"}], "none": {}}
COMPACT = msgspec.json.encode(VALUE)


@pytest.mark.parametrize(
    ("body", "layout"),
    [
        (COMPACT, Layout.COMPACT),
        (json.dumps(VALUE).encode(), Layout.SPACED),
        (json.dumps(VALUE, indent=2).encode(), Layout.TWO),
        (json.dumps(VALUE, indent=4).encode(), Layout.FOUR),
        (b'{"id":42 , "a": 1.10}', None),
    ],
)
def test_json_keeps_its_layout(body: bytes, layout: Layout | None) -> None:
    made = draft(body)
    assert (made.form, made.layout) == (Form.JSON, layout)
    assert bool(made.remark) is (made.escapes is not None) is (b"\\u" in body)
    assert body_of(made, made.text) == body
    assert body_of(made, made.text.replace("42", "43")) == body.replace(b"42", b"43")


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (rb'{"caf\u00e9":"\u6f22"}', "café"),
        (rb'{"a":"Gr\u00D6\u00DFE \uD83D\uDE00"}', "GrÖßE \N{GRINNING FACE}"),
        (rb'{ "a": "\u003cb\u003e" , "b": 1e+5}', "<b>"),
        ('{"a":"\\u003cb\\u003e é"}'.encode(), "<b> é"),
        (rb'{"a":"\u0000 \u00e9 \\u00e9"}', r"\u0000 é \\u00e9"),
    ],
)
def test_letters_are_edited_as_letters_and_sent_as_they_were_written(body: bytes, shown: str) -> None:
    made = draft(body)
    assert shown in made.text
    assert body_of(made, made.text) == body
    changed = body_of(made, made.text.replace(shown, f"{shown}{shown}"))
    assert json.loads(changed) != json.loads(body)
    assert changed.isascii() is body.isascii()
    assert "\\u escapes" in made.remark


def test_letters_that_are_written_now_this_way_and_now_that_stay_as_they_came() -> None:
    made = draft(rb'["\u00e9", "\u00E9"]')
    assert r'"\u00E9"' in made.text
    assert made.remark == ""


def test_wraps_are_put_on_again() -> None:
    made = draft(base64.b64encode(gzip.compress(COMPACT)))
    assert made.remark == "Edited as JSON, sent as gzip in base64 again."
    sent = body_of(made, made.text.replace("42", "43"))
    assert gzip.decompress(base64.b64decode(sent)) == COMPACT.replace(b"42", b"43")


def test_messagepack_is_edited_as_json() -> None:
    made = draft(msgspec.msgpack.encode(VALUE))
    assert made.remark == "Edited as JSON, sent as MessagePack again."
    assert msgspec.msgpack.decode(body_of(made, made.text.replace("42", "43"))) == VALUE | {"id": 43}
    assert "Line 1" in fault(made, "{")
    assert not insistible(made)
    with pytest.raises(BodyError, match="Line 1"):
        body_of(made, "{")


@pytest.mark.parametrize("value", [{1: 2}, {"b": b"x"}, [float("nan")]])
def test_messagepack_that_json_cannot_say_is_hex(value: object) -> None:
    body = msgspec.msgpack.encode(value)
    made = draft(body)
    assert made.form is Form.HEX
    assert "no words" in made.remark
    assert body_of(made, made.text) == body


def test_a_person_may_insist_on_json_that_is_none() -> None:
    made = draft(COMPACT)
    assert fault(made, made.text) == ""
    assert "Line 1, column 2" in fault(made, "{nonsense")
    assert insistible(made)
    assert body_of(made, "{nonsense") == b"{nonsense"


@pytest.mark.parametrize(
    ("body", "form"),
    [
        (b"one\r\ntwo\r\n", Form.TEXT),
        (b"one\r\ntwo\n", Form.HEX),
        (b"one\rtwo", Form.HEX),
        ("one\u2029two".encode(), Form.HEX),
        ('["one\u2029two"]'.encode(), Form.HEX),
        ("one\u00a0two\u2028three".encode(), Form.TEXT),
        (b"", Form.TEXT),
        (gzip.compress(COMPACT, mtime=0)[:-4], Form.HEX),
        (b"\x00\xff", Form.HEX),
    ],
)
def test_bytes_come_back_as_they_were(body: bytes, form: Form) -> None:
    made = draft(body)
    assert made.form is form
    assert "\r" not in made.text
    assert body_of(made, made.text) == body


def test_wrong_hex_is_refused() -> None:
    made = draft(b"\x00\xff")
    assert made.text == "00 ff"
    assert "missing" in fault(made, "00 f")
    assert not insistible(made)


def test_a_large_one_goes_as_it_came() -> None:
    assert "more than can be edited" in draft(os.urandom(1_000_001)).refusal
    assert "more than can be edited" in draft(gzip.compress(bytes(1_000_001))).refusal


@given(
    st.binary() | json_values.map(lambda value: json.dumps(value).encode()) | json_values.map(msgspec.msgpack.encode)
)
def test_an_unchanged_text_is_the_same_content(body: bytes) -> None:
    made = draft(body)
    sent = body_of(made, made.text)
    before, after = opened(body, made.wraps), opened(sent, made.wraps)
    if made.form is Form.MSGPACK:
        before, after = (replace(each, data=b"") for each in (before, after))
        assert msgspec.msgpack.decode(opened(sent, made.wraps).data) == msgspec.msgpack.decode(
            opened(body, made.wraps).data
        )
    assert before == after
