"""A widget as a picture."""

from errno import EIO

from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QWidget


def png_of(widget: QWidget) -> bytes:
    """As it is on the screen now. OSError: as ``png``."""
    return png(widget.grab())


def png(picture: QPixmap) -> bytes:
    """OSError: there is none, as without memory for one."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not picture.save(buffer, "PNG"):
        raise OSError(EIO, "no picture could be drawn")
    return bytes(buffer.data().data())
