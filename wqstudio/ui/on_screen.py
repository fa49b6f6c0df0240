"""Where a window goes so that all of it can be seen."""

from PySide6.QtCore import QPoint, QRect


def within(window: QRect, screen: QRect) -> QPoint:
    """Its corner, moved no further than it has to be; that of the screen, where there is no room for all of it."""
    left = min(window.left(), screen.left() + screen.width() - window.width())
    top = min(window.top(), screen.top() + screen.height() - window.height())
    return QPoint(max(left, screen.left()), max(top, screen.top()))
