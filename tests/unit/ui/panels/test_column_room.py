from hypothesis import given, strategies as st

from wqstudio.ui.panels.column_room import share_columns


def test_what_is_to_spare_goes_to_the_texts() -> None:
    assert share_columns(500, [100, 80, 120], [True, False, True]) == [200, 80, 220]


def test_where_room_is_short_the_longest_text_gives_way() -> None:
    assert share_columns(400, [300, 100, 120], [True, False, True]) == [180, 100, 120]


def test_a_text_is_not_squeezed_away() -> None:
    assert share_columns(100, [300, 100, 60], [True, False, True]) == [90, 100, 60]


def test_figures_keep_their_widths() -> None:
    assert share_columns(1000, [100, 80], [False, False]) == [100, 80]


@given(st.integers(0, 2000), st.lists(st.tuples(st.integers(20, 500), st.booleans()), min_size=1, max_size=9))
def test_figures_have_what_they_need_and_the_room_is_used(room: int, columns: list[tuple[int, bool]]) -> None:
    wanted, texts = [width for width, _ in columns], [is_text for _, is_text in columns]
    widths = share_columns(room, wanted, texts)
    assert all(width == want for width, want, is_text in zip(widths, wanted, texts, strict=True) if not is_text)
    if any(texts) and sum(wanted) <= room:
        assert sum(widths) == room
