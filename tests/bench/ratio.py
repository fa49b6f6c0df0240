"""One measured figure beside another of the same run."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ratio:
    name: str
    value: float
    limit: float
    at_least: bool
    """Whether the limit is a floor (throughput) or a ceiling (times)."""
    detail: str
    """Both figures with their units, and how they were measured."""

    @property
    def met(self) -> bool:
        return self.value >= self.limit if self.at_least else self.value <= self.limit
