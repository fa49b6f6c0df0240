"""A body as text that a person changes, and back: in the wraps, the encoding and the layout in which it came."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

import msgspec

from wqstudio.engine.letters.bodies import MOST, Content, Form, amount, opened
from wqstudio.engine.letters.body_text import BodyError, as_hex, from_hex, json_fault, pretty, tamed
from wqstudio.engine.letters.json_escapes import Escapes, editable
from wqstudio.engine.letters.wraps import Wrap, wrapped

MOST_EDITED = 1_000_000
"""Bytes of content up to which a body is edited as text; a larger one goes on as it came."""
_ODD = re.compile("[\r\u2029\ufdd0\ufdd1]")
"""What an editor takes for the end of a line, and gives back as a line feed."""
_HEADERS = "The body goes as it came; its headers can be changed."
_ESCAPED = "Letters are sent as \\u escapes again, as they came."
_LONGEST_LINE = 100_000
"""Characters of a line with which an editor still keeps up."""


class Layout(Enum):
    """How JSON was laid out, which the copy keeps. The value is msgspec's indent."""

    COMPACT = -1
    SPACED = 0
    TWO = 2
    FOUR = 4


@dataclass(frozen=True, slots=True)
class Draft:
    text: str
    """As it is edited at first."""
    form: Form
    wraps: tuple[Wrap, ...] = ()
    layout: Layout | None = None
    """Of JSON that is shown indented; None: the text stands for itself."""
    escapes: Escapes | None = None
    """Of JSON that is shown with letters which it writes as escapes."""
    newline: str = "\n"
    """What ends its lines when it is sent; in ``text`` it is always a line feed."""
    remark: str = ""
    """What becomes of the text, and why it is edited as this."""
    refusal: str = ""
    """Why it cannot be edited as text; empty: it can."""


def draft(body: bytes) -> Draft:
    """How a body is edited: as what it was recognised, where that can be turned back; else its very bytes as hex."""
    content = opened(body, limit=MOST)
    if content.problem or not content.whole:
        content = Content(body, Form.HEX, whole=True)
    if len(content.data) > MOST_EDITED:
        much = f"{amount(len(content.data))} are more than can be edited here ({amount(MOST_EDITED)})"
        return Draft("", Form.HEX, refusal=f"{much}. {_HEADERS}")
    made = _editable(content)
    if (longest := max(map(len, made.text.split("\n")))) > _LONGEST_LINE:
        return Draft("", Form.HEX, refusal=f"A line of {longest:,} characters cannot be edited here. {_HEADERS}")
    return replace(made, wraps=content.wraps, remark=_remark(content, made))


def body_of(draft: Draft, text: str) -> bytes:
    """What is sent for ``text``. Raises BodyError where it is not of the draft's form.

    JSON that is none is sent as it stands, since a person may insist: ``fault`` tells of it beforehand.
    """
    data = _ENCODERS[draft.form](draft, text)
    for wrap in reversed(draft.wraps):
        data = wrapped(data, wrap)
    return data


def fault(draft: Draft, text: str) -> str:
    """What is wrong with ``text``, and where; empty: nothing."""
    if draft.form is Form.HEX:
        try:
            from_hex(text)
        except BodyError as error:
            return str(error)
        return ""
    return json_fault(text) if draft.form in (Form.JSON, Form.MSGPACK) else ""


def insistible(draft: Draft) -> bool:
    """Whether text with a fault can be sent as it stands."""
    return draft.form is Form.JSON


def _editable(content: Content) -> Draft:
    made = None
    match content.form:
        case Form.TEXT:
            made = _plain(content.data.decode(), Form.TEXT)
        case Form.JSON:
            made = _of_some_json(content.data.decode())
        case Form.MSGPACK:
            value = msgspec.msgpack.decode(content.data)
            if tamed(value) == value:
                made = Draft("".join(pretty(msgspec.json.encode(value).decode())), Form.MSGPACK)
        case Form.HEX:
            pass
    return made or Draft(as_hex(content.data), Form.HEX)


def _of_some_json(text: str) -> Draft | None:
    text, escapes = editable(text)
    layout = next((each for each in Layout if _laid_out(text, each) == text), None)
    if layout is None or _ODD.search(text):
        return _plain(text, Form.JSON, escapes)
    return Draft("".join(pretty(text)), Form.JSON, layout=layout, escapes=escapes)


def _plain(text: str, form: Form, escapes: Escapes | None = None) -> Draft | None:
    """None: its ends of line would not survive an editor."""
    lines = text.replace("\r\n", "\n")
    if _ODD.search(lines) or (lines != text and lines.replace("\n", "\r\n") != text):
        return None
    return Draft(lines, form, escapes=escapes, newline="\n" if lines == text else "\r\n")


def _laid_out(text: str, layout: Layout) -> str:
    return msgspec.json.format(text, indent=layout.value)


def _of_json(draft: Draft, text: str) -> bytes:
    if json_fault(text):
        return _of_text(draft, text)
    laid_out = text.replace("\n", draft.newline) if draft.layout is None else _laid_out(text, draft.layout)
    return (laid_out if draft.escapes is None else draft.escapes.written(laid_out)).encode()


def _of_text(draft: Draft, text: str) -> bytes:
    return text.replace("\n", draft.newline).encode()


def _of_msgpack(_: Draft, text: str) -> bytes:
    if wrong := json_fault(text):
        raise BodyError(wrong)
    try:
        return msgspec.msgpack.encode(msgspec.json.decode(text))
    except (msgspec.MsgspecError, OverflowError, ValueError) as error:
        raise BodyError(f"MessagePack cannot hold it: {error}.") from error


_ENCODERS: dict[Form, Callable[[Draft, str], bytes]] = {
    Form.JSON: _of_json,
    Form.TEXT: _of_text,
    Form.MSGPACK: _of_msgpack,
    Form.HEX: lambda _, text: from_hex(text),
}


def _remark(content: Content, made: Draft) -> str:
    """Empty: it is edited just as it is sent."""
    form, escapes = made.form, _ESCAPED if made.escapes is not None else ""
    if content.form is Form.MSGPACK and form is Form.HEX:
        return "MessagePack with values that JSON has no words for: edited as hex."
    steps = [Form.MSGPACK.value] if form is Form.MSGPACK else []
    steps += [wrap.value for wrap in reversed(content.wraps)]
    what = "JSON" if form in (Form.JSON, Form.MSGPACK) else form.value.lower()
    sent = f"Edited as {what}, sent as {' in '.join(steps)} again." if steps else ""
    return " ".join(filter(None, (sent, escapes)))
