from hypothesis import given, strategies as st

from wqstudio.ui.panels.column_room import share_columns


def test_what_is_to_spare_goes_to_those_that_grow() -> None:
    assert share_columns(501, [100, 80, 120], [50, 80, 50], [True, False, True]) == [201, 80, 220]


def test_where_room_is_short_the_widest_gives_way() -> None:
    assert share_columns(400, [300, 100, 120], [60, 100, 60], [True, False, True]) == [180, 100, 120]


def test_two_that_are_as_wide_leave_no_pixel_between_them() -> None:
    assert share_columns(401, [300, 100, 300], [60, 100, 60], [True, False, True]) == [151, 100, 150]


def test_none_is_squeezed_away() -> None:
    assert share_columns(100, [300, 100, 60], [90, 100, 60], [True, False, True]) == [90, 100, 60]


def test_without_any_that_grows_the_room_stays_free() -> None:
    assert share_columns(1000, [100, 80], [100, 80], [False, False]) == [100, 80]


columns = st.lists(st.tuples(st.integers(20, 500), st.integers(0, 500), st.booleans()), min_size=1, max_size=9)


@given(st.integers(0, 2000), columns)
def test_the_room_is_used_and_not_exceeded_unless_it_must_be(room: int, drawn: list[tuple[int, int, bool]]) -> None:
    wanted = [want for want, _, _ in drawn]
    least = [min(want, low) for want, low, _ in drawn]
    growing = [grows for _, _, grows in drawn]
    widths = share_columns(room, wanted, least, growing)
    assert all(width >= low for width, low in zip(widths, least, strict=True))
    assert sum(widths) <= max(room, sum(least))
    if sum(least) <= room and (any(growing) or room <= sum(wanted)):
        assert sum(widths) == room
