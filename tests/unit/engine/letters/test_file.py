"""Exported letters come back byte for byte."""

import errno
import io
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from wqstudio.brokers.letters import Held
from wqstudio.domain.connection import Product
from wqstudio.domain.letter import Destination, Header, Letter
from wqstudio.domain.reading import Unknown
from wqstudio.engine.letters.file import LetterFileError, as_line, read, writing
from wqstudio.engine.moves.importing import reader

HOME = Destination("jobs", "jobs.high", "work")
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(envelope=st.binary(), body=st.binary(), route=st.text(), value=VALUES)
def test_round_trip(envelope: bytes, body: bytes, route: str, value: object) -> None:
    held = Held(17, route, envelope, body, None)
    letter = Letter(id=17, queue="dead", body=body, headers=(Header("any", value),), died_at=12.5)
    line = as_line(held, letter, HOME, Product.RABBITMQ)
    assert "\n" not in line
    (back,) = read(io.StringIO(line + "\n"), Product.RABBITMQ)
    assert (back.held.route, back.held.envelope, back.held.body) == (route, envelope, body)
    assert back.home == HOME


def test_a_letter_whose_message_is_gone_has_its_problem_still() -> None:
    """What is left of it would be published as an empty message."""
    letter = Letter(id=1, queue="dead", body=b"", headers=(), problem="The message is gone.")
    line = as_line(Held(1, "dead.a", b"", b"", None), letter, Unknown("not told"), Product.NATS)
    (back,) = read(io.StringIO(line), Product.NATS)
    assert back.held.problem == "The message is gone."
    assert back.home == Unknown("The message is gone.")


def test_the_same_letter_has_the_same_digest_and_another_has_another() -> None:
    lines = [_line(body) for body in (b"one", b"one", b"two")]
    first, again, other = read(io.StringIO("\n".join(lines)), Product.NATS)
    assert first.digest == again.digest != other.digest


def test_a_file_is_there_once_its_name_is_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The power cannot be cut here; what would survive it is what was synced, in this order."""
    file, synced, sync = tmp_path / "letters.jsonl", [], os.fsync

    def note(handle: int) -> None:
        synced.append((stat.S_ISDIR(os.fstat(handle).st_mode), file.exists()))
        sync(handle)

    monkeypatch.setattr(os, "fsync", note)
    with writing(file) as out:
        out.write("letter")
    assert synced == [(False, False), (True, True)]


def _no_links(*_: object) -> None:
    """As on FAT, and on some shares."""
    raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))


@pytest.mark.parametrize("links", [True, False])
def test_of_two_that_write_to_one_name_at_once_one_is_told_and_the_other_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, links: bool
) -> None:
    if not links:
        monkeypatch.setattr(os, "link", _no_links)
    file, late = tmp_path / "letters.jsonl", writing(tmp_path / "letters.jsonl")
    with writing(file) as out:
        other = late.__enter__()
        out.write("the first one's")
        other.write("another's")
    with pytest.raises(LetterFileError, match="is there already, and is not overwritten"):
        late.__exit__(None, None, None)
    assert file.read_text() == "the first one's"
    assert list(tmp_path.iterdir()) == [file]


def test_of_one_that_broke_off_nothing_is_left(tmp_path: Path) -> None:
    def break_off() -> None:
        with writing(tmp_path / "letters.jsonl") as out:
            out.write("half of it")
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(LetterFileError, match=r"letters\.jsonl cannot be written: no space left on device\."):
        break_off()
    assert list(tmp_path.iterdir()) == []


def test_a_letter_without_a_home_says_so_when_it_is_read() -> None:
    held, letter = Held(1, "s", b"", b"", None), Letter(id=1, queue="dead", body=b"", headers=())
    line = as_line(held, letter, Unknown("nobody knows"), Product.NATS)
    (back,) = read(io.StringIO(line), Product.NATS)
    assert isinstance(back.home, Unknown)
    assert "--to" in back.home.reason


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("no json", r"Line 2 is not an exported message: it is not JSON \(Expecting value\).$"),
        ("{}", "Line 2 is not an exported message: it has no version.$"),
        ('{"version": 1, "product": "nats", "route": "s", "home": null, "envelope": "?", "body": ""}', "Line 2"),
        ('{"version": 9, "product": "nats", "route": "s", "home": null, "envelope": "", "body": ""}', "version 9"),
        ('{"version": 1, "product": "rabbitmq", "route": "s", "home": null, "envelope": "", "body": ""}', "RabbitMQ"),
    ],
)
def test_a_line_that_is_none_of_ours_is_named(line: str, complaint: str) -> None:
    letters = read(io.StringIO(f"{_line(b'good')}\n{line}\n"), Product.NATS)
    assert next(letters).held.body == b"good"
    with pytest.raises(LetterFileError, match=complaint):
        next(letters)


def test_a_file_that_was_cut_off_or_is_not_there_is_said_to_be(tmp_path: Path) -> None:
    with pytest.raises(LetterFileError, match=r"Line 1 is not .* cut off there"):
        next(read(io.StringIO(_line(b"cut")[:-9]), Product.NATS))
    with pytest.raises(LetterFileError, match=r"none\.jsonl cannot be read: no such file or directory\.$"):
        next(iter(reader(tmp_path / "none.jsonl", Product.NATS)()))


def _line(body: bytes) -> str:
    held, letter = Held(1, "s", b"", body, None), Letter(id=1, queue="dead", body=body, headers=())
    return as_line(held, letter, HOME, Product.NATS)
