"""What header blocks say, found in their bytes."""

from hypothesis import given, strategies as st

from wqstudio.brokers.nats.link import wire_headers
from wqstudio.brokers.nats.link.wire_headers import START

_NAMES = st.sampled_from([b"A", b"AB", b"B", b"Ba"])
_VALUES = st.text(alphabet="AB: \tü", max_size=4).map(str.encode)


def test_the_value_of_a_header() -> None:
    block = START + b"A: 1\r\nAB: 2\r\nA: 3\r\n\r\n"
    assert wire_headers.value(block, "AB") == "2"
    assert wire_headers.value(block, "A") == "1"
    assert wire_headers.value(block, "B") == ""
    assert wire_headers.value(b"", "A") == ""


@given(st.lists(st.tuples(_NAMES, _VALUES), max_size=5))
def test_a_value_is_that_of_the_first_field_of_its_name(headers: list[tuple[bytes, bytes]]) -> None:
    block = START + b"".join(b"%b:%b\r\n" % each for each in headers) + b"\r\n"
    for name in (b"A", b"AB", b"B", b"Ba"):
        first = next((value for each, value in wire_headers.fields(block) if each == name), b"")
        assert wire_headers.value(block, name.decode()) == first.decode()


def test_the_server_says_how_it_stands() -> None:
    assert wire_headers.status(b"NATS/1.0 408 Request Timeout\r\nNats-Pending-Messages: 1\r\n\r\n") == (
        "408",
        "Request Timeout",
    )
    assert wire_headers.status(b"NATS/1.0 503\r\n\r\n") == ("503", "")
    assert wire_headers.status(START + b"A: 408\r\n\r\n") == ("", "")
    assert wire_headers.status(b"") == ("", "")
