"""Letters that a run does not find again, or has not come across: whether they may still come back to their queue."""

import time

from wqstudio.domain.reading import Reading, Unknown, known

LOOKS = 4
"""Passes for them, one after another: a connection that is dying may hold them for a moment."""
GIVEN_BACK_WITHIN = 30.0
"""Seconds after a connection was lost in which its letters are back for sure: of one that was cut without a word the
broker hears no more than that, for two heartbeats.
"""

_NOT_ASKED = Unknown("nobody was asked yet")


class Missing:
    """Told of each pass by the run."""

    def __init__(self) -> None:
        self.held: Reading[int] = _NOT_ASKED
        """Letters that others held before the last pass counted the queue: if none, all that were still there were
        among those that it came across.
        """
        self._held_since: Reading[int] = _NOT_ASKED
        self._looks = 0
        self._cut_at = time.monotonic()
        """Of this run, or of the one that is gone on with."""
        self._was_cut = False

    @property
    def are_possible(self) -> bool:
        """Some were missed by the pass before, or a connection was lost that had some."""
        return self._looks > 0 or self._was_cut

    @property
    def cut_for(self) -> float:
        """Seconds since a connection was lost last."""
        return time.monotonic() - self._cut_at

    @property
    def sentence(self) -> str:
        """Who is known to have them; empty: nobody."""
        if not (held := known(self.held, 0)):
            return ""
        are = "message is" if held == 1 else "messages are"
        return f"{held:,} {are} held by others, and can be seen once they are given back."

    def cut(self) -> None:
        """A connection was lost."""
        self._cut_at, self._was_cut = time.monotonic(), True
        self.begin_anew()

    def begin_anew(self) -> None:
        self._looks, self.held, self._held_since = 0, _NOT_ASKED, _NOT_ASKED

    def saw(self, held: Reading[int]) -> None:
        """So many are held by others, as was asked once the pass that begins had counted the queue: what comes back in
        between, only the pass after it comes across.
        """
        self.held, self._held_since = self._held_since, held

    def saw_everything(self) -> None:
        """Nobody holds any, nor hides one: what a pass does not come across is gone."""
        self.held = self._held_since = 0

    def are_given_up(self) -> bool:
        """Another pass has not found them. False: it is to be tried once more."""
        self._looks += 1
        return self._looks >= LOOKS and not self.may_come_back()

    def may_come_back(self) -> bool:
        """From a connection that was lost, of which the broker may not have heard."""
        if not self.are_possible or self.cut_for >= GIVEN_BACK_WITHIN:
            return False
        return isinstance(self.held, Unknown) or (self._was_cut and self.held > 0)
