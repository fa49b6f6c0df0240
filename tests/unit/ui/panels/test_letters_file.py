from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from wqstudio.ui.panels.letters_file import ask_for_letters_file


@pytest.mark.parametrize(("queue", "name"), [("jobs.dead", "jobs.dead.jsonl"), ("shop/jobs", "shop-jobs.jsonl")])
def test_the_file_is_proposed_in_the_folder_that_is_shown(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, queue: str, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shop").mkdir()
    parent = QWidget()
    qtbot.addWidget(parent)
    chosen: list[Path] = []
    ask_for_letters_file(parent, "Export dead letters", queue, chosen.append)
    dialog = parent.findChild(QFileDialog, "lettersFile")
    assert dialog is not None
    assert dialog.selectedFiles() == [str(tmp_path / name)]
    dialog.accept()
    assert chosen == [tmp_path / name]
