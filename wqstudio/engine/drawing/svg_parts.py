"""Elements of a drawn timeline. Coordinates are pixels, to a tenth."""

from dataclasses import dataclass
from html import escape

import numpy as np

from wqstudio.domain.series import Floats


@dataclass(frozen=True, slots=True)
class Look:
    """Of a text."""

    class_: str
    """By which a style sheet gives it another colour."""
    color: str
    anchor: str = "start"
    size: int = 12
    weight: int = 400


@dataclass(frozen=True, slots=True)
class Box:
    x: float
    y: float
    width: float
    height: float


def text(words: str, x: float, y: float, look: Look) -> str:
    return (
        f'<text class="{look.class_}" x="{x:.1f}" y="{y:.1f}" fill="{look.color}" text-anchor="{look.anchor}" '
        f'font-size="{look.size}" font-weight="{look.weight}">{escape(words)}</text>'
    )


def rect(class_: str, box: Box, fill: str, title: str = "") -> str:
    """``title`` shows where the pointer rests."""
    head = (
        f'<rect class="{class_}" x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" '
        f'fill="{fill}"'
    )
    return f"{head}><title>{escape(title)}</title></rect>" if title else f"{head}/>"


def boxes(left: Floats, width: Floats, top: float, height: float) -> str:
    """Path data of many, alike in height."""
    return "".join(
        f"M{x:.1f} {top:.1f}h{w:.1f}v{height:.1f}h-{w:.1f}z"
        for x, w in zip(left.tolist(), np.maximum(width, 0.1).tolist(), strict=True)
    )
