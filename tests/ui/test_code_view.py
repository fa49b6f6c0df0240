"""Text in letters of one width, as a person sees it."""

from PySide6.QtWidgets import QApplication

from wqstudio.engine.letters.bodies import Form
from wqstudio.ui.panels.code_view import CodeView
from wqstudio.ui.theme import Theme

_TOLD = 60
"""Steps of grey by which ink is told from paper."""


def _top(view: CodeView, form: Form) -> int:
    """The first row of pixels with ink."""
    view.show_text('"Å": 1', form)
    QApplication.processEvents()
    picture = view.viewport().grab().toImage()
    paper = picture.pixelColor(picture.width() - 1, 0).lightness()
    rows = range(picture.height())
    return next(row for row in rows if any(_differs(picture.pixelColor(x, row).lightness(), paper) for x in range(40)))


def _differs(lightness: int, paper: int) -> bool:
    return abs(lightness - paper) > _TOLD


def test_a_letter_is_as_high_in_colour_as_without(theme: Theme) -> None:
    """Without its ring Å reads Ä."""
    view = CodeView(theme, "code", "Code")
    view.resize(120, 60)
    view.show()
    assert _top(view, Form.JSON) == _top(view, Form.TEXT)
    view.close()
    view.deleteLater()
