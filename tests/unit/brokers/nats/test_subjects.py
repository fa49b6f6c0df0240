import pytest

from wqstudio.brokers.nats.subjects import covers


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        (">", "a"),
        (">", ">"),
        ("a.>", "a.b"),
        ("a.>", "a.*"),
        ("a.>", "a.b.>"),
        ("a.*", "a.b"),
        ("a.*", "a.*"),
        ("a.*.c", "a.b.c"),
        ("a.b", "a.b"),
        ("*.>", "a.b"),
    ],
)
def test_covers(wide: str, narrow: str) -> None:
    assert covers(wide, narrow)


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        ("a.>", "a"),
        ("a.*", "a.>"),
        ("a.*", "a.b.c"),
        ("a.b", "a.*"),
        ("a.*.c", "a.b.d"),
        ("*.>", ">"),
        ("a.b.c", "a.b"),
    ],
)
def test_does_not_cover(wide: str, narrow: str) -> None:
    assert not covers(wide, narrow)
