import pytest

from wqstudio.domain.subjects import covers, is_pattern, known_part, varying_part


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


@pytest.mark.parametrize(
    ("subject", "begins"), [("jobs.*", "jobs."), ("jobs.eu.>", "jobs.eu."), ("a.*.c", "a."), (">", ""), ("*", "")]
)
def test_of_a_pattern_is_known_what_comes_before_its_wildcards(subject: str, begins: str) -> None:
    assert is_pattern(subject)
    assert known_part(subject) == begins


@pytest.mark.parametrize("subject", ["jobs", "jobs.eu", "a*b", "a.>b"])
def test_what_has_no_wildcard_for_a_token_is_no_pattern(subject: str) -> None:
    assert not is_pattern(subject)
    assert known_part(subject) == subject


@pytest.mark.parametrize(
    ("pattern", "subject", "varying"),
    [
        ("jobs.*", "jobs.eu", "…eu"),
        ("jobs.>", "jobs.eu.new", "…eu.new"),
        ("a.*.b.*.c", "a.x.b.y.c", "…x.b.y…"),
        ("*.done", "eu.done", "eu…"),
        (">", "eu.done", "eu.done"),
    ],
)
def test_what_a_subject_shares_with_all_that_match_is_left_out(pattern: str, subject: str, varying: str) -> None:
    assert varying_part(pattern, subject) == varying
