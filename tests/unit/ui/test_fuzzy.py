import pytest

from wqstudio.ui.fuzzy import match


def _score(typed: str, text: str) -> float:
    found = match(typed, text)
    assert found is not None
    return found.score


@pytest.mark.parametrize(
    ("typed", "text"), [("aw", "Add a worker"), ("ADD", "add"), ("jw", "jobs › workers"), ("", "x")]
)
def test_letters_in_order_match_whatever_their_case(typed: str, text: str) -> None:
    assert match(typed, text) is not None


@pytest.mark.parametrize(("typed", "text"), [("wa", "add"), ("zz", "jobs"), ("sboj", "jobs")])
def test_a_missing_letter_or_another_order_does_not(typed: str, text: str) -> None:
    assert match(typed, text) is None


def test_the_matched_places_are_told_and_begin_words_where_they_can() -> None:
    found = match("aw", "add a worker")
    assert found is not None
    assert found.places in ((0, 6), (4, 6))


def test_a_whole_stretch_beats_scattered_letters() -> None:
    assert _score("work", "jobs › workers") > _score("work", "wait for rank")
    assert _score("jobs", "jobs") > _score("jobs", "The same job submitted twice")


def test_the_beginning_of_a_word_beats_its_inside() -> None:
    assert _score("fr", "Freeze") > _score("fr", "offroad")
