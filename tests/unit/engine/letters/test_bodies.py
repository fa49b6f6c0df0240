"""What a body is recognised as, and how it is opened, whatever it is."""

import base64
import bz2
import gzip
import json
import lzma
import tracemalloc
import zlib
from functools import partial

import msgspec
import pytest
from hypothesis import given, settings, strategies as st

from wqstudio.engine.letters.bodies import FIRST, Content, Form, amount, opened, preview
from wqstudio.engine.letters.wraps import Wrap, WrapError, inside, wrapped

gzipped = partial(gzip.compress, mtime=0)  # the same each time: tests are named after it
ORDER = b'{"order": 42, "name": "J\xc3\xb8rn", "lines": [1, 2.50, null]}'
PACKED = msgspec.msgpack.encode({"order": 42, "name": "Jørn", "lines": [1, 2.5, None]})
BINARY = bytes(range(255, -1, -1))

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("body", "form", "wraps"),
    [
        (b"", Form.TEXT, []),
        (ORDER, Form.JSON, []),
        (b"  [1, 2]\n", Form.JSON, []),
        (b'"a text"', Form.JSON, []),
        (b'{"broken": ', Form.TEXT, []),
        (b"[NaN]", Form.TEXT, []),
        (b'{"a": "\xff"}', Form.HEX, []),
        (b"42", Form.TEXT, []),
        ("Grüße\n\tan alle".encode(), Form.TEXT, []),
        (b"a\x00b", Form.HEX, []),
        (PACKED, Form.MSGPACK, []),
        (PACKED + b"x", Form.HEX, []),
        (BINARY, Form.HEX, []),
        (gzipped(ORDER), Form.JSON, [Wrap.GZIP]),
        (zlib.compress(ORDER), Form.JSON, [Wrap.ZLIB]),
        (bz2.compress(ORDER), Form.JSON, [Wrap.BZIP2]),
        (lzma.compress(ORDER), Form.JSON, [Wrap.XZ]),
        (gzipped(BINARY), Form.HEX, [Wrap.GZIP]),
        (base64.b64encode(ORDER), Form.JSON, [Wrap.BASE64]),
        (base64.encodebytes(ORDER * 9), Form.TEXT, [Wrap.BASE64]),
        (base64.urlsafe_b64encode(b'{"a": "???>>>"}').rstrip(b"="), Form.JSON, [Wrap.BASE64_URL]),
        (base64.urlsafe_b64encode(b'{"a": "??>>>"}').rstrip(b"="), Form.JSON, [Wrap.BASE64_BARE]),
        (base64.b64encode(gzipped(ORDER)), Form.JSON, [Wrap.BASE64, Wrap.GZIP]),
        (gzipped(base64.b64encode(PACKED)), Form.MSGPACK, [Wrap.GZIP, Wrap.BASE64]),
        (base64.b64encode(zlib.compress(ORDER)), Form.JSON, [Wrap.BASE64, Wrap.ZLIB]),
    ],
)
def test_recognised(body: bytes, form: Form, wraps: list[Wrap]) -> None:
    content = opened(body)
    assert (content.form, list(content.wraps), content.whole, content.problem) == (form, wraps, True, "")


@pytest.mark.parametrize(
    "word",
    [
        b"test",
        b"deadbeef",
        b"YWJjZGVm",
        b"internationalization",
        b"accessibilities",
        b"x^2 + 3 = 7",
        b"x\x9chello",
        b"BZh, he",
    ],
)
def test_a_word_is_no_wrap_of_something(word: bytes) -> None:
    assert opened(word).wraps == ()
    assert opened(word).data == word


def test_two_packed_pieces_in_a_row_are_one() -> None:
    content = opened(gzipped(ORDER[:20]) + gzipped(ORDER[20:]))
    assert (content.data, content.problem) == (ORDER, "")


@pytest.mark.parametrize(
    ("body", "data", "problem"),
    [
        (gzipped(ORDER)[:-6], ORDER, "ends too early"),
        (gzipped(ORDER) + b"tail", ORDER, "4 bytes that do not belong"),
    ],
)
def test_a_damaged_wrap_is_opened_as_far_as_it_goes_and_said(body: bytes, data: bytes, problem: str) -> None:
    content = opened(body)
    assert content.data == data
    assert problem in content.problem


def test_of_a_wrap_that_breaks_in_its_midst_the_beginning_is_there() -> None:
    numbers = b"".join(b"%d " % (n * n * 7919) for n in range(80_000))
    packed = bytearray(gzipped(numbers))
    packed[-60_000:-59_000] = bytes(1000)
    content = opened(bytes(packed), limit=len(numbers))
    assert "damaged" in content.problem
    assert len(content.data) > 1000
    assert numbers.startswith(content.data[:1000])
    assert not content.whole


def test_a_bomb_is_opened_within_bounds() -> None:
    bomb = gzipped(gzipped(bytes(60_000_000), 1))
    tracemalloc.start()
    try:
        content = opened(bomb)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (len(content.data), content.whole) == (FIRST, False)
    assert peak < 8_000_000


@pytest.mark.parametrize(
    ("body", "form"),
    [
        (b"[" + b",".join([ORDER] * 10_000) + b"]", Form.JSON),
        (msgspec.msgpack.encode([{"name": "x" * 40}] * 20_000), Form.MSGPACK),
        ("ü".encode() * 400_001, Form.TEXT),
        (b"x" + "ü".encode() * 400_000, Form.TEXT),
        (BINARY * 5000, Form.HEX),
    ],
)
@pytest.mark.parametrize("wrap", [None, Wrap.BASE64, Wrap.GZIP])
def test_a_large_one_is_recognised_by_its_beginning(body: bytes, form: Form, wrap: Wrap | None) -> None:
    packed = wrapped(body, wrap) if wrap else body
    content = opened(packed)
    if wrap is Wrap.BASE64 and form is Form.HEX:
        assert content == Content(packed[:FIRST], Form.TEXT, whole=False)
        return
    assert (content.form, content.whole) == (form, False)
    assert body.startswith(content.data)
    assert len(content.data) > FIRST // 2


def test_nesting_without_end_is_text() -> None:
    assert opened(b"[" * 100_000 + b"]" * 100_000).form is Form.TEXT
    assert opened(b"\x91" * 100_000 + b"\x90").form is Form.HEX


def test_named_wraps_are_opened_or_refused() -> None:
    raw = zlib.compress(ORDER, wbits=-15)
    assert opened(raw).wraps == ()
    assert opened(raw, [Wrap.DEFLATE]).data == ORDER
    assert opened(base64.b64encode(gzipped(ORDER)), [Wrap.BASE64]).data == gzipped(ORDER)
    with pytest.raises(WrapError, match="gzip"):
        opened(ORDER, [Wrap.GZIP])
    with pytest.raises(WrapError, match="base64"):
        opened(ORDER, [Wrap.BASE64])


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (b"", "empty"),
        (b'{\n  "a b": [1,  2],\r\n  "c": "x  \\" y"\n}', '{"a b":[1,2],"c":"x  \\" y"}'),
        (rb'{"who": "J\u00f8rn"}', '{"who": "Jørn"}'),
        (b'{\n  "who": "J\\u00f8rn"\n}', '{"who":"Jørn"}'),
        (rb"{who: J\u00f8rn}", r"{who: J\u00f8rn}"),
        (b"two\nlines\there\x1b[0m", "two↵lines here␛[0m"),
        ("turned \u202eround".encode(), "turned �round"),
        (b"x" * 161, "x" * 159 + "…"),
        (b"x" * 160, "x" * 160),
        (PACKED, "MessagePack map, 3 keys"),
        (msgspec.msgpack.encode(["x"] * 70_000), "MessagePack list, 70,000 items"),
        (msgspec.msgpack.encode({"x": 1}), "MessagePack map, 1 key"),
        (gzipped(bytes(12_000_000)), "gzip, 12 kB"),
        (base64.b64encode(b'{"order": 7}'), '{"order": 7}'),
        (base64.b64encode(gzipped(b"a line of text")), "a line of text"),
        (base64.b64encode(b"one word, " * 500), ("one word, " * 16)[:159] + "…"),
        (base64.b64encode(PACKED), base64.b64encode(PACKED).decode()),
        (b"word", "word"),
        (b"\x89PNG\r\n\x1a\n" + bytes(2000), "PNG image, 2 kB"),
        (BINARY * 31250, "binary, 8 MB"),
        (b"a\x00b", "binary, 3 B"),
        (b" \n", "white space"),
    ],
)
def test_preview(body: bytes, line: str) -> None:
    assert preview(body) == line


def test_amounts() -> None:
    assert [amount(size) for size in (0, 999, 1000, 1234, 12_345, 1_500_000, 3 * 10**9)] == [
        "0 B",
        "999 B",
        "1 kB",
        "1.2 kB",
        "12 kB",
        "1.5 MB",
        "3 GB",
    ]


_bytes = st.binary() | st.text().map(str.encode) | json_values.map(lambda value: json.dumps(value).encode())
_wraps = st.lists(st.sampled_from(list(Wrap)), max_size=4)


@given(_bytes, _wraps)
def test_anything_can_be_opened_and_is_there_again(data: bytes, wraps: list[Wrap]) -> None:
    body = data
    for wrap in reversed(wraps):
        body = wrapped(body, wrap)
    content = opened(body)
    again = content.data
    for wrap in reversed(content.wraps):
        again = wrapped(again, wrap)
    assert opened(again, content.wraps).data == content.data
    assert opened(body, wraps).data == data


@given(json_values.filter(lambda value: isinstance(value, dict | list | str)), st.sampled_from([None, 2]))
def test_json_is_recognised(value: object, indent: int | None) -> None:
    content = opened(json.dumps(value, indent=indent).encode())
    assert content.form is Form.JSON
    assert json.loads(content.data) == value


@given(st.binary(max_size=400), st.sampled_from([b"", *(wrapped(ORDER, wrap)[:12] for wrap in Wrap), b'{"', b"\x92"]))
@settings(max_examples=400)
def test_nothing_raises_and_a_preview_is_one_short_line(noise: bytes, start: bytes) -> None:
    body = start + noise
    content = opened(body)
    assert content.wraps or content.data == body
    for text in (preview(body), preview(body * 9)):
        assert 0 < len(text) <= 160
        assert text.isprintable()


@given(st.binary(max_size=200), st.sampled_from(list(Wrap)), st.integers(0, 50))
def test_a_limit_is_kept(data: bytes, wrap: Wrap, limit: int) -> None:
    within = inside(wrapped(data, wrap), wrap, limit)
    assert len(within.data) <= limit + 6
    assert data.startswith(within.data)
    assert within.whole is (within.data == data)
