"""Asks for the file that dead letters are written to."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget


def ask_for_letters_file(parent: QWidget, title: str, queue: str, on_file: Callable[[Path], object]) -> None:
    """An export never writes over a file: it may be the only copy of something. So nobody is asked whether it may."""
    name = queue.replace("/", "-")  # a queue may be called so, and would be a folder
    dialog = QFileDialog(parent, title, f"{name}.jsonl", "JSON Lines (*.jsonl)")
    dialog.setObjectName("lettersFile")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix("jsonl")
    dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)
    dialog.fileSelected.connect(lambda file: on_file(Path(file)))
    dialog.open()
