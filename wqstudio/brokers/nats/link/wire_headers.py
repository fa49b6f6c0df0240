"""Header blocks as they are on the wire: lines of ``name: value``, of which most are of no interest to who looks.

Names may come several times, values may be empty or in any encoding, and a line may be neither.
"""

from collections.abc import Iterator

START = b"NATS/1.0\r\n"


def value(block: bytes, name: str) -> str:
    """Of the first header of that name; empty: there is none."""
    begin = b"\r\n%b:" % name.encode()
    at = block.find(begin)
    if at < 0:
        return ""
    at += len(begin)
    return block[at : block.find(b"\r\n", at)].strip(b" \t").decode(errors="replace")


def status(block: bytes) -> tuple[str, str]:
    """What the server says instead of a message: code and description, both empty where it says nothing."""
    line, _, _ = block.partition(b"\r\n")
    code, _, description = line[len(START) - 2 :].strip().partition(b" ")
    return code.decode(errors="replace"), description.strip().decode(errors="replace")


def fields(block: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Names and values as they came; a line without a colon is a name without a value."""
    for line in lines(block):
        name, _, content = line.rstrip(b"\r\n").partition(b":")
        yield name, content.strip(b" \t")


def lines(block: bytes) -> Iterator[bytes]:
    """Without the first and the empty last one; a line that is folded over several is one."""
    line = b""
    for each in block[len(START) :].split(b"\r\n"):
        if line and each[:1] not in (b" ", b"\t"):
            yield line
            line = b""
        if each:
            line += each + b"\r\n"
    if line:
        yield line
