import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from wqstudio.ui.panels.painting import _contrast, legible
from wqstudio.ui.theme import Concept, Scheme, Theme


@pytest.mark.parametrize("scheme", [Scheme.DARK, Scheme.LIGHT])
@pytest.mark.parametrize("concept", Concept)
def test_every_concept_can_be_read_on_the_ground_of_the_scheme(
    qapp: QApplication, scheme: Scheme, concept: Concept
) -> None:
    theme = Theme(qapp, scheme)
    assert _contrast(legible(concept.color, theme), QColor(theme.tones.panel)) >= 4.5


def test_a_colour_that_can_be_read_stays_as_it_is(qapp: QApplication) -> None:
    theme = Theme(qapp, Scheme.DARK)
    assert legible(Concept.WAITING.color, theme) == Concept.WAITING.color
