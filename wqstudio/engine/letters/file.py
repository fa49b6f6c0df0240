"""Dead letters as JSON Lines: one object a line, whose ``envelope`` and ``body`` are base64 of the very bytes.

The other fields are for people and their tools; reading the file back needs only those two, ``route``, ``home``,
``product``, and the ``problem`` of a letter whose message is gone: what is left of that is no message. By
``queue`` and ``fingerprint`` the very letters of a file are found in their queue, to be discarded.
"""

import base64
import hashlib
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from wqstudio.brokers.letters import Held
from wqstudio.domain.connection import Product
from wqstudio.domain.letter import Destination, Letter
from wqstudio.domain.reading import Reading, Unknown
from wqstudio.domain.text import readable
from wqstudio.engine.letters.whole_file import keep_names, put_in_place

VERSION = 1
ESCAPES = "backslashreplace"
"""How whatever JSON is written to is to treat bytes that came in a text and are no UTF-8: each becomes an escape of
JSON, which is read as what it was.
"""
_NO_HOME = Unknown("the file does not say where it came from; name a place with --to")


class LetterFileError(ValueError):
    """A line is no dead letter of ours. The text names the line and what is wrong with it."""


class Imported(NamedTuple):
    held: Held
    """Its id is the number of its line."""
    home: Reading[Destination]
    """Where it came from, before it died."""
    digest: str
    """Of all that is published: messages that are alike give the same."""
    line: bytes
    """Of the whole line, which tells two letters apart that are alike, as they lay in different places."""
    queue: str = ""
    """Where it lay."""
    mark: bytes = b""
    """Its fingerprint there; empty: an earlier release has written the file."""
    identity: bytes = b""
    """Of that queue; empty: that cannot be told."""

    @property
    def fingerprint(self) -> bytes:
        """By which the journal knows it."""
        return bytes.fromhex(self.digest)


@contextmanager
def writing(file: Path) -> Iterator[TextIO]:
    """A new file, which is there once it is whole and on the disk: it may be all that is left of what is discarded.

    LetterFileError: there is one of that name, which is not overwritten for the same reason, or it cannot be made
    there, or written to its end, as when the disk is full.
    """
    if os.path.lexists(file):
        raise _is_there(file)
    part = file.with_name(f"{file.name}.{secrets.token_hex(4)}.part")  # two may write to one name at once
    try:
        with part.open("x", encoding="utf-8", errors=ESCAPES) as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        put_in_place(part, file)
        keep_names(file.parent)
    except FileExistsError as error:
        raise _is_there(file) from error
    except OSError as error:
        raise LetterFileError(_cannot("written", file, error)) from error
    finally:
        part.unlink(missing_ok=True)


def _cannot(how: str, file: Path, error: OSError) -> str:
    if isinstance(error, FileNotFoundError) and not file.parent.is_dir():
        return f"{file} cannot be {how}: there is no folder {file.parent}."
    return f"{file} cannot be {how}: {(error.strerror or str(error)).lower()}."


def _is_there(file: Path) -> LetterFileError:
    return LetterFileError(f"{file} is there already, and is not overwritten; name another file.")


@contextmanager
def reading(file: Path) -> Iterator[TextIO]:
    """LetterFileError: it cannot be opened."""
    try:
        lines = file.open(encoding="utf-8")
    except OSError as error:
        raise LetterFileError(_cannot("read", file, error)) from error
    with lines:
        yield lines


def as_line(
    held: Held, letter: Letter, home: Reading[Destination], product: Product, lies: tuple[bytes, bytes] = (b"", b"")
) -> str:
    """Without the end of line. ``lies``: see ``Movable.fingerprint`` and ``identity``."""
    fields = {"version": VERSION, "product": product.value} | as_fields(letter)
    fields |= {name: told.hex() for name, told in zip(("fingerprint", "queue_identity"), lies, strict=True) if told}
    fields |= {"home": None if isinstance(home, Unknown) else asdict(home)}
    fields |= {"route": held.route, "envelope": _packed(held.envelope), "body": _packed(held.body)}
    return json.dumps(fields, ensure_ascii=False)


def as_fields(letter: Letter) -> dict[str, Any]:
    """What is known of it, for people and scripts; the body as text where it is one."""
    return {
        "queue": letter.queue,
        "id": letter.id,
        "origin": letter.origin,
        "published_to": letter.route,
        "reason": letter.reason,
        "deliveries": letter.deliveries,
        "consumer": letter.consumer,
        "error": letter.error,
        "died_at": _moment(letter.died_at),
        "published_at": _moment(letter.published_at),
        "size": letter.size,
        "problem": letter.problem,
        "properties": {setting.name: setting.value for setting in letter.properties},
        "headers": [
            {"name": header.name, "value": _plain(header.value), "type": header.type} for header in letter.headers
        ],
        "text": _text(letter.body),
    }


def read(file: TextIO, product: Product) -> Iterator[Imported]:
    """Raises LetterFileError at the first line that cannot be read; empty lines are passed over."""
    try:
        for number, line in enumerate(file, 1):
            if line.strip():
                yield _imported(line, number, product)
    except UnicodeDecodeError as error:
        raise LetterFileError("This is not a file of exported messages: it is not even text.") from error


def _imported(line: str, number: int, product: Product) -> Imported:
    try:
        fields = json.loads(line)
        version, of, route = fields["version"], fields["product"], str(fields["route"])
        envelope, body = _unpacked(fields["envelope"]), _unpacked(fields["body"])
        problem = str(fields.get("problem") or "")
        home = Destination(**fields["home"]) if fields["home"] else Unknown(problem) if problem else _NO_HOME
        queue, mark = str(fields.get("queue", "")), bytes.fromhex(fields.get("fingerprint", ""))
        identity = bytes.fromhex(fields.get("queue_identity", ""))
    except json.JSONDecodeError as error:
        cut = "" if line.endswith("\n") else " The file may have been cut off there: export it again."
        raise LetterFileError(
            f"Line {number} is not an exported message: it is not JSON ({error.msg}).{cut}"
        ) from error
    except KeyError as error:
        raise LetterFileError(f"Line {number} is not an exported message: it has no {error.args[0]}.") from error
    except (ValueError, TypeError) as error:
        raise LetterFileError(f"Line {number} is not an exported message: {error}.") from error
    if version != VERSION:
        raise LetterFileError(f"Line {number} is of version {version}; this release reads version {VERSION}.")
    if of != product.value:
        raise LetterFileError(
            f"Line {number} was exported from {_titled(of)}; its headers mean nothing to {product.title}. Import it "
            "there."
        )
    digest = hashlib.blake2b(b"".join((envelope, b"\0", body)), digest_size=12).hexdigest()
    whole = hashlib.blake2b(line.strip().encode(errors="surrogateescape"), digest_size=12).digest()
    return Imported(Held(number, route, envelope, body, None, problem), home, digest, whole, queue, mark, identity)


def _titled(product: object) -> str:
    return next((each.title for each in Product if each.value == product), str(product))


def _packed(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _unpacked(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _moment(at: float | None) -> str | None:
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")


def _text(body: bytes) -> str | None:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None


def _plain(value: Any) -> Any:
    """As JSON can say it; the type beside it tells what it was."""
    match value:
        case None | bool() | int() | str():
            return readable(value) if isinstance(value, str) else value
        case float():
            return value if value == value and abs(value) != float("inf") else str(value)  # noqa: PLR0124 - NaN
        case bytes() | bytearray():
            return _packed(bytes(value))
        case list() | tuple():
            return [_plain(each) for each in value]
        case dict():
            return {name: _plain(each) for name, each in value.items()}
        case _:
            return str(value)
