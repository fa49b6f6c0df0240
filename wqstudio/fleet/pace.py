"""When a producer may send its next message. Pure: the caller brings the time."""

_LAG = 0.1
"""Seconds of delay that are made up for. Beyond that, after a pause or an outage, the past is let go."""


class Pace:
    """``burst`` messages every ``burst / rate`` seconds; rate 0: no limit. Times in seconds, of any one clock."""

    def __init__(self, rate: float, burst: int, now: float) -> None:
        self._burst = max(1, burst)
        self._left = 0
        self.set_rate(rate, now)

    def set_rate(self, rate: float, now: float) -> None:
        self._rate = max(0.0, rate)
        self._next = now

    def wait(self, now: float) -> float:
        """Seconds until a message may be sent."""
        if self._rate == 0 or self._left > 0:
            return 0.0
        return max(0.0, self._next - now)

    def sent(self, now: float) -> None:
        """A message has been sent, as ``wait`` allowed."""
        if self._rate == 0:
            return
        if self._left == 0:
            self._left = self._burst
            self._next = max(self._next, now - _LAG) + self._burst / self._rate
        self._left -= 1
