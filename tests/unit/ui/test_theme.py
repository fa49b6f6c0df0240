"""Both schemes can be read, and their concepts told apart by those who see fewer colours."""

from itertools import combinations, pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from wqstudio.ui.theme import DARK, LANES, LIGHT, Concept, Tones, lane_color

_LEGIBLE = 4.5
"""WCAG 2.1, 1.4.3: text on its ground."""
_VISIBLE = 3.0
"""WCAG 2.1, 1.4.11: what shows where the keyboard is."""
_APART = 8.0
"""CIE 1976 distance; 2.3 is what can just be noticed side by side."""

_SIMULATED = {
    "normal": np.eye(3),
    "protanopia": np.array([[0.1524, 1.0526, -0.2049], [0.1145, 0.7863, 0.0992], [-0.0039, -0.0481, 1.0520]]),
    "deuteranopia": np.array([[0.3673, 0.8606, -0.2280], [0.2801, 0.6727, 0.0472], [-0.0118, 0.0430, 0.9689]]),
    "tritanopia": np.array([[1.2555, -0.0767, -0.1788], [-0.0784, 0.9308, 0.1476], [0.0047, 0.6914, 0.3039]]),
}
"""On linear RGB, at full severity: Machado, Oliveira and Fernandes (2009)."""


@pytest.mark.parametrize("tones", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize("text", ["text", "muted", "error", "warning", "accent"])
def test_text_can_be_read_on_every_ground(tones: Tones, text: str) -> None:
    for ground in ("window", "panel", "raised"):
        assert _contrast(getattr(tones, text), getattr(tones, ground)) >= _LEGIBLE, ground


@pytest.mark.parametrize("tones", [DARK, LIGHT], ids=["dark", "light"])
def test_the_accent_carries_text_and_shows_where_the_keyboard_is(tones: Tones) -> None:
    assert _contrast(tones.on_accent, tones.accent) >= _LEGIBLE
    assert _contrast(tones.accent, tones.panel) >= _VISIBLE
    assert _contrast(tones.text, tones.hover) >= _LEGIBLE


@pytest.mark.parametrize("sight", _SIMULATED)
def test_concepts_stay_apart_for_colour_blind_readers(sight: str) -> None:
    seen = {concept: _lab(_SIMULATED[sight] @ _linear(concept.value)) for concept in Concept}
    for one, other in combinations(Concept, 2):
        assert np.linalg.norm(seen[one] - seen[other]) > _APART, (one, other)


def _linear(color: str) -> NDArray[np.float64]:
    rgb = QColor(color)
    parts = np.array([rgb.redF(), rgb.greenF(), rgb.blueF()])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def _contrast(one: str, other: str) -> float:
    weights = np.array([0.2126, 0.7152, 0.0722])
    darker, lighter = sorted((float(weights @ _linear(one)), float(weights @ _linear(other))))
    return (lighter + 0.05) / (darker + 0.05)


def _lab(linear: NDArray[np.float64]) -> NDArray[np.float64]:
    """CIE L*a*b* under D65."""
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    x, y, z = np.cbrt(to_xyz @ np.clip(linear, 0.0, 1.0) / np.array([0.9505, 1.0, 1.089]))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def test_lanes_stay_apart_beyond_the_colours_that_were_chosen() -> None:
    colors = [lane_color(index) for index in range(40)]
    assert len({color.name() for color in colors}) == len(colors)
    for first, second in pairwise(colors[len(LANES) :]):
        apart = abs(first.hslHueF() - second.hslHueF())
        assert min(apart, 1 - apart) > 0.3
        assert first.hslSaturationF() > 0.3
