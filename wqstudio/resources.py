"""Finds the files under ``resources/``, in a checkout and in an installed package."""

from pathlib import Path

_PACKAGE = Path(__file__).parent


def path(name: str) -> Path:
    """The file ``name`` (with forward slashes) below ``resources/``."""
    return _root() / name


def text(name: str) -> str:
    return path(name).read_text(encoding="utf-8")


def _root() -> Path:
    installed = _PACKAGE / "_resources"
    return installed if installed.is_dir() else _PACKAGE.parent / "resources"
