"""What is written of runs, for programs to read."""

from xml.etree import ElementTree as ET

from wqstudio.domain.connection import Product
from wqstudio.run_output import Skipped, as_junit
from wqstudio.scenarios import SCENARIOS


def test_junit_can_be_read_whatever_a_broker_or_a_file_has_said() -> None:
    """Control characters have no place in XML, not even as references."""
    reason = "no\x07 \x1b[31mway\x1b[0m <here>, tab\t, \N{GRINNING FACE}, \ufffe"
    (case,) = ET.fromstring(as_junit([Skipped(SCENARIOS[0], (Product.NATS,), reason)]).encode()).iter("testcase")
    (skipped,) = case
    assert skipped.get("message") == reason.translate(dict.fromkeys((0x07, 0x1B, 0xFFFE), "\N{REPLACEMENT CHARACTER}"))
