"""A thin bar that shows how far a look through letters is."""

from PySide6.QtWidgets import QProgressBar, QWidget

THIN = 3
_STEPS = 1_000


class SearchBar(QProgressBar):
    """Hidden at first."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent, textVisible=False)
        self.setObjectName(name)
        self.setAccessibleName("Letters looked through")
        self.setRange(0, _STEPS)
        self.setFixedHeight(THIN)
        self.hide()

    def show_how_far(self, seen: int, total: int) -> None:
        self.setValue(round(_STEPS * seen / max(1, total)))
        self.setAccessibleDescription(f"{seen:,} of {total:,}")
