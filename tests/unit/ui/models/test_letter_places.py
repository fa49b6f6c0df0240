from hypothesis import given, strategies as st

from wqstudio.ui.models.letter_places import known_in, unknown_in

RANGES = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 9)), max_size=5).map(
    lambda pairs: [range(start + 50 * at, start + 50 * at + size) for at, (start, size) in enumerate(pairs)]
)


@given(RANGES, st.dictionaries(st.integers(0, 250), st.integers(), max_size=30))
def test_what_is_known_and_what_is_not_make_up_the_whole(places: list[range], known: dict[int, int]) -> None:
    wanted = [place for some in places for place in some]
    there = known_in(places, known)
    missing = [place for some in unknown_in(places, known) for place in some]
    assert there == {place: known[place] for place in wanted if place in known}
    assert missing == [place for place in wanted if place not in known]


def test_a_million_places_are_looked_through_by_what_is_known() -> None:
    million = [range(1_000_000)]
    assert list(unknown_in(million, {5: "a", 999_999: "b"})) == [range(5), range(6, 999_999)]
