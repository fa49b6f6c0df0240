"""Figures and settings where the detail is narrow: nothing is cut without a sign."""

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from wqstudio.domain.queue import Setting, SettingGroup
from wqstudio.ui.models.headline import Figure
from wqstudio.ui.panels.figures import Figures
from wqstudio.ui.panels.settings_list import SettingsList
from wqstudio.ui.theme import Theme

SUBJECT = "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.jobs.workers"


def test_a_long_name_is_elided_and_copied_whole(qtbot: QtBot) -> None:
    settings = SettingsList()
    qtbot.addWidget(settings)
    settings.resize(260, 200)
    settings.show_groups([SettingGroup("Configuration", (Setting("Subjects", SUBJECT),))])
    settings.show()
    QCoreApplication.processEvents()
    value = next(label for label in settings.findChildren(QLabel) if label.text().startswith("$"))
    assert "…" in value.text()
    assert value.fontMetrics().horizontalAdvance(value.text()) <= value.width()
    assert settings.width() == 260
    assert value.toolTip() == SUBJECT
    assert f"Subjects: {SUBJECT}" in settings.as_text()


def test_no_figure_is_cut(theme: Theme, qtbot: QtBot) -> None:
    figures = Figures(theme)
    qtbot.addWidget(figures)
    figures.resize(258, 100)
    figures.show_figures([Figure("size", "116 kB"), Figure("oldest", "113 min ago")])
    figures.show()
    QCoreApplication.processEvents()
    values = [label for label in figures.findChildren(QLabel) if label.text() == "113 min ago"]
    assert [label.width() >= label.sizeHint().width() for label in values] == [True]
