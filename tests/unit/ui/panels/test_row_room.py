from wqstudio.ui.panels.row_room import Shares, for_figure, share_out

SPARK = 56


def test_with_room_for_all_there_is_all() -> None:
    assert share_out(300, 60, [38, 40], [70, 80], SPARK) == Shares(badges=2, in_words=True, sparkline=True)


def test_words_go_first_and_then_the_last_minute() -> None:
    assert share_out(200, 60, [38, 40], [70, 80], SPARK) == Shares(badges=2, in_words=False, sparkline=True)
    assert share_out(160, 60, [38, 40], [70, 80], SPARK) == Shares(badges=2, in_words=False, sparkline=False)


def test_a_badge_gives_way_to_a_short_name_and_the_most_important_stays_longest() -> None:
    assert share_out(110, 60, [38, 40], [70, 80], SPARK).badges == 1
    assert share_out(80, 60, [38, 40], [70, 80], SPARK).badges == 0


def test_a_long_name_leaves_room_for_what_is_stuck() -> None:
    assert share_out(150, 400, [38, 40], [70, 80], SPARK) == Shares(badges=1, in_words=False, sparkline=False)


def test_a_badge_that_comes_and_goes_does_not_take_the_last_minute_with_it() -> None:
    room = 60 + SPARK + 40
    assert not share_out(room, 60, [], [], SPARK).sparkline
    assert not share_out(room, 60, [38], [70], SPARK).sparkline


def test_figures_have_a_column_unless_that_would_cut_the_name() -> None:
    assert for_figure(200, 60, 16, 50) == 50
    assert for_figure(100, 60, 16, 50) == 16
    assert for_figure(100, 60, 70, 50) == 50
