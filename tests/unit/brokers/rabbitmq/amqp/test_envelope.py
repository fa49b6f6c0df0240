"""Surgery on encoded properties, against the codec that decodes them."""

from hypothesis import given, strategies as st

from wqstudio.brokers.rabbitmq.amqp import envelope
from wqstudio.brokers.rabbitmq.amqp.codec import Float32, Int64, Timestamp, UInt8, decode_table, encode_table
from wqstudio.brokers.rabbitmq.amqp.envelope import Names
from wqstudio.brokers.rabbitmq.amqp.properties import Properties, decode_properties

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.text(max_size=10)
    | st.binary(max_size=10)
    | st.sampled_from([UInt8(7), Int64(1), Timestamp(5), Float32(b"\x3f\x40\x00\x00")]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
TABLES = st.dictionaries(st.sampled_from(["a", "CC", "BCC", "x-delivery-count", "deep", "text"]), VALUES, max_size=6)
TEXTS = st.none() | st.text(max_size=20)
STRIPPED = Names([b"CC", b"BCC"])


@given(TABLES, TEXTS, TEXTS, TEXTS)
def test_what_is_taken_out_is_gone_and_the_rest_is_as_it_was(
    table: dict[str, object], content_type: str | None, encoding: str | None, app_id: str | None
) -> None:
    properties = Properties(content_type, encoding, encode_table(table), delivery_mode=2, app_id=app_id)
    whole = envelope.split(properties.encode())
    assert whole.encode_with(whole.table) in {properties.encode(), _without_headers(properties)}
    cut = decode_properties(whole.encode_with(STRIPPED.taken_out(whole.table)))
    rest = {name: value for name, value in table.items() if name not in {"CC", "BCC"}}
    assert (cut.headers or encode_table({})) == encode_table(rest)
    assert (cut.content_type, cut.content_encoding, cut.app_id) == (content_type, encoding, app_id)


@given(TABLES, st.integers(0, 40))
def test_a_fingerprint_does_not_count_looks_nor_minds_the_order(table: dict[str, object], looks: int) -> None:
    first = {name: value for name, value in table.items() if name != "x-delivery-count"}
    later = dict(sorted((first | {"x-delivery-count": Int64(looks)}).items()))
    assert _fingerprint(Properties(headers=encode_table(first))) == _fingerprint(
        Properties(headers=encode_table(later))
    )
    assert envelope.returns(Properties(headers=encode_table(later)).encode()) == looks


def test_a_fingerprint_tells_letters_apart() -> None:
    plain = Properties().encode()
    texts = [("a", plain, b"bc"), ("ab", plain, b"c"), ("a", Properties(app_id="b").encode(), b"c"), ("a", b"", b"bc")]
    assert len({envelope.fingerprint(*text) for text in texts}) == 4


def test_a_text_entry_is_a_header() -> None:
    table = envelope.text_entry(b"name", "grüße".encode())
    assert decode_table(len(table).to_bytes(4) + table) == {"name": "grüße"}


def _fingerprint(properties: Properties) -> bytes:
    return envelope.fingerprint("route", envelope.lasting(properties.encode()), b"body")


def _without_headers(properties: Properties) -> bytes:
    """An empty table is as good as none."""
    return (
        b""
        if decode_table(properties.headers or b"")
        else Properties(
            properties.content_type, properties.content_encoding, None, delivery_mode=2, app_id=properties.app_id
        ).encode()
    )
