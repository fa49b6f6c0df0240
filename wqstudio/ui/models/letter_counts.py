"""How many letters there are, and are chosen, as one line. Pure."""

from dataclasses import KW_ONLY, dataclass

from wqstudio.domain.survey import SoFar, Survey
from wqstudio.ui import format as fmt
from wqstudio.ui.models.letter_choice import Everything


@dataclass(frozen=True, slots=True)
class Counts:
    shown: int
    total: int
    """In the queue."""
    chosen: int
    more: int
    """Came since they were counted."""
    everything: Everything
    _: KW_ONLY
    all_chosen: bool
    filtered: bool
    searching: Survey | None = None
    """They are looked through at the moment."""

    @property
    def said(self) -> str:
        parts = self._parts()
        if self.searching is not None:
            parts += how_far(self.searching)
        if self.more:
            parts.append(f"{self.more:,} more since: refresh")
        return "  ·  ".join(parts)

    def _parts(self) -> list[str]:
        matching = f"{self.everything.counted:,}{self._at_least}"
        if self.all_chosen:
            return [f"all that match selected: {matching}"]
        if self.chosen:
            return [f"{self.chosen:,} of {self.shown:,} selected", f"all that match: {matching} (Ctrl+A)"]
        if self.searching is not None and self.filtered:
            return [f"{self.shown:,} found so far"]
        parts = [f"{self.shown:,} {'letter' if self.shown == 1 else 'letters'}"]
        if self.total > self.shown:
            parts.append(
                f"of {self._searched}{self.total:,} in the queue"
                if self.filtered
                else f"the first of {self.total:,}, which can be looked at together"
            )
        return parts

    @property
    def _at_least(self) -> str:
        """Why more may match."""
        if self.everything.so_far:
            return " so far"
        return f" of {self._searched}{self.total:,}" if self._searched else ""

    @property
    def _searched(self) -> str:
        """Empty: all of them."""
        reach = self.everything.reach
        return f"the first {reach:,} of " if reach < self.total else ""


def how_far(search: Survey | SoFar) -> list[str]:
    left = [] if search.left is None else [f"{fmt.duration(search.left)} left"]
    return [f"{search.seen:,} of {search.total:,} searched", *left]
