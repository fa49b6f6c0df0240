import pytest
from hypothesis import given, strategies as st

from wqstudio.domain.task import Task, TaskId, decode, due_text, encode, producer_of, read_due, sequence_of


@given(st.integers(0, 2**22), st.integers(0, 2**40 - 1))
def test_identity_survives_text_and_number(producer: int, sequence: int) -> None:
    identity = TaskId("1f", producer, sequence)
    assert TaskId.parse(str(identity)) == identity
    assert (producer_of(identity.number), sequence_of(identity.number)) == (producer, sequence)
    assert identity.number < 2**63


@pytest.mark.parametrize("text", ["", "a", "a.1", "a.b.c", ".1.2", "a.-1.2", "a.1.²", "a.1.2.3"])
def test_foreign_text_is_no_identity(text: str) -> None:
    assert TaskId.parse(text) is None


def test_task_survives_its_message() -> None:
    task = Task("résumé", difficulty=2.5, poison=True, permanent=True)
    assert decode(encode(task, padding=100)) == task
    assert len(encode(task, padding=100)) >= 100


@given(st.text("abc é", min_size=1).map(str.strip).filter(bool), st.floats(0, 9_000), st.integers(0, 300))
def test_each_dot_is_a_unit_of_work(title: str, difficulty: float, padding: int) -> None:
    body = encode(Task(title, difficulty), padding, dots=True)
    assert decode(body) == Task(title[:60], max(1.0, float(round(difficulty))))
    assert len(body) >= padding


@pytest.mark.parametrize("due", ["tomorrow", "", "2030-01-01T12:00:00", "1700000000", "99999-01-01T00:00:00Z", "é"])
def test_what_is_no_time_is_due_at_once(due: str) -> None:
    assert read_due(due) == 0


@given(st.integers(0, 4_000_000_000_000))
def test_a_time_survives_its_header(milliseconds: int) -> None:
    assert read_due(due_text(milliseconds / 1_000)) == pytest.approx(milliseconds / 1_000, abs=0.001)


def test_times_are_written_as_rfc_3339_has_them() -> None:
    assert due_text(1_800_000_000.25) == "2027-01-15T08:00:00.250+00:00"
    assert read_due("2027-01-15T08:00:00Z") == 1_800_000_000
    assert read_due("2027-01-15T10:00:00+02:00") == 1_800_000_000


@pytest.mark.parametrize(
    ("body", "difficulty"),
    [
        (b"Task 3...", 3.0),
        (b"Hello World!", 1.0),
        (b'{"id": 1, "task": "Process image resize", "difficulty": 3}', 3.0),
        (b'{"difficulty": "much"}', 1.0),
        (b'{"difficulty": -4}', 1.0),
        (b'{"difficulty": NaN}', 1.0),
        (b"{broken", 1.0),
        (b"\xff\xfe..", 2.0),
        (b"", 1.0),
    ],
)
def test_length_of_anybodys_task(body: bytes, difficulty: float) -> None:
    assert decode(body).difficulty == difficulty


@given(st.binary(max_size=300))
def test_no_body_breaks_decoding(body: bytes) -> None:
    task = decode(body)
    assert task.title
    assert 0 <= task.difficulty < 1e6
