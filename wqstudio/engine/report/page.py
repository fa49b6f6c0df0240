"""What a report tells, as data: whoever has played fills it in."""

from dataclasses import dataclass

from wqstudio.domain.ledger import Account
from wqstudio.engine.drawing.recorded import Recorded
from wqstudio.engine.figures.rows import Measured


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was expected of a run, and what came of it."""

    met: bool
    expectation: str
    """A sentence, as "nobody waits for the slow one"."""
    found: str
    """The figure as it was, with its unit, or why there is none."""
    measured: str = ""
    """Which figure that is, and how much of it was wanted."""


@dataclass(frozen=True, slots=True, eq=False)
class Played:
    """One run."""

    setting: str
    """As people call it; may be empty where there is one run alone."""
    product: str
    """The broker, with its version where that is known."""
    recorded: Recorded
    account: Account | None = None
    """None: no account was made up."""
    verdicts: tuple[Verdict, ...] = ()
    notes: tuple[str, ...] = ()
    """What else has to be said: what was refused, what was left behind."""

    @property
    def measured(self) -> Measured:
        return Measured(self.recorded.figures, self.account)


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Runs that are compared with each other: the first is what the others are compared with."""

    title: str
    played: tuple[Played, ...]
    """Two to four."""
    conclusion: tuple[str, ...] = ()
    """As of ``Page``."""


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """What a report tells. The first of several runs is what the others are compared with, unless there are groups."""

    title: str
    summary: str
    """What it was, in a sentence or two."""
    played: tuple[Played, ...]
    """One run at least; of two to four the differences are shown, where there are no groups."""
    at: float
    """Unix time at which it was played."""
    watch: tuple[str, ...] = ()
    """What to watch for, each in a sentence."""
    program: str = "wqstudio"
    """Who made the report, with the version."""
    conclusion: tuple[str, ...] = ()
    """What came of comparing, in sentences, the most important first."""
    groups: tuple[Group, ...] = ()
    """Where several settings were played on several brokers: the settings on each broker, and the brokers in each
    setting."""

    @property
    def compared(self) -> tuple[Group, ...]:
        """What stands beside each other in a table: the groups, or all runs."""
        return self.groups or (Group("", self.played),)

    @property
    def met(self) -> bool:
        """Whether all came as expected, and every account agrees with itself."""
        accounts = [played.account for played in self.played if played.account is not None]
        verdicts = [verdict.met for played in self.played for verdict in played.verdicts]
        return all(verdicts) and all(account.balanced for account in accounts)
