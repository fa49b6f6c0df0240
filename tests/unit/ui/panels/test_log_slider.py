import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from wqstudio.ui.panels.log_slider import LogSlider


def test_the_ends_are_the_figures_given(qtbot: QtBot) -> None:
    slider = LogSlider(0.1, 10.0)
    qtbot.addWidget(slider)
    slider.setValue(slider.minimum())
    assert slider.figure == pytest.approx(0.1)
    slider.setValue(slider.maximum())
    assert slider.figure == pytest.approx(10.0)


def test_keys_choose_and_being_told_does_not(qtbot: QtBot) -> None:
    slider = LogSlider(0.1, 10.0)
    qtbot.addWidget(slider)
    chosen: list[float] = []
    slider.chosen.connect(chosen.append)
    slider.show_value(2.0)
    assert chosen == []
    assert slider.figure == pytest.approx(2.0, rel=0.02)
    qtbot.keyClick(slider, Qt.Key.Key_End)
    assert chosen == [pytest.approx(10.0)]


def test_a_figure_told_while_it_is_dragged_does_not_pull_the_handle_away(qtbot: QtBot) -> None:
    slider = LogSlider(0.1, 10.0)
    qtbot.addWidget(slider)
    slider.setSliderDown(True)
    slider.setValue(50)
    slider.show_value(0.1)
    assert slider.value() == 50


def test_a_figure_has_no_more_digits_than_a_person_would_give(qtbot: QtBot) -> None:
    slider = LogSlider(0.1, 10.0)
    qtbot.addWidget(slider)
    for place in range(slider.minimum(), slider.maximum() + 1):
        slider.setValue(place)
        assert len(f"{slider.figure:g}".replace(".", "").lstrip("0")) <= 3
        slider.show_value(slider.figure)
        assert slider.value() == place
