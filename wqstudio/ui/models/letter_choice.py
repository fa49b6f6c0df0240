"""What a person chose among dead letters, as what can be done something with."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from wqstudio.domain.letter import LetterLine
from wqstudio.domain.redrive import Choice, Match
from wqstudio.domain.survey import Survey
from wqstudio.engine.looks.look import Look
from wqstudio.ui.models.graves import Grave

_MOST_ORIGINS = 100


@dataclass(frozen=True, slots=True)
class Chosen:
    """So that something can be begun at once, however many letters are chosen."""

    look: Look
    """Whose letters they are, whatever is looked into by the time that something is done with them."""
    choice: Choice
    """For what is shown meanwhile: how many, from where. ``ids`` is empty where they are not all known yet."""
    whole: Callable[[], Awaitable[Choice]]
    """For what is done with them: with all ids. Raises LookError."""
    lines: Sequence[LetterLine] = ()
    """Of all of them, where they are known."""


@dataclass(frozen=True, slots=True)
class Everything:
    """All that match, as the look stands."""

    count: int
    """Letters there are, if nothing is filtered."""
    match: Match | None
    survey: Survey | None
    gone: int = 0
    """Of those that the filter means and that are counted, so many were moved since."""

    @property
    def counted(self) -> int:
        return max(0, self.survey.matched - self.gone) if self._narrows and self.survey is not None else self.count

    @property
    def so_far(self) -> bool:
        """More may be found."""
        return self._narrows and self.survey is not None and not self.survey.done

    @property
    def reach(self) -> int:
        """Of the letters there are, as many were looked through, or will be."""
        return min(self.survey.total, self.count) if self._narrows and self.survey is not None else self.count

    @property
    def _narrows(self) -> bool:
        return self.match is not None and self.match != Match()


def known_at_once(look: Look, choice: Choice, lines: Sequence[LetterLine] = ()) -> Chosen:
    async def whole() -> Choice:
        return choice

    return Chosen(look, choice, whole, lines)


def all_of(grave: Grave, everything: Everything, some: Sequence[LetterLine] = ()) -> Choice:
    """``some`` of them were read; the survey tells of no routes."""
    groups = everything.survey.groups if everything.survey is not None else ()
    return Choice(
        grave.queue,
        everything.counted,
        match=everything.match or Match(),
        exhausted=grave.exhausted,
        origins=_each_once([group.origin for group in groups]),
        routes=_each_once([line.route for line in some]),
    )


def these(grave: Grave, lines: Sequence[LetterLine], identity: bytes) -> Choice:
    """``identity``: see ``Plan``."""
    ids = tuple(line.id for line in lines)
    return Choice(
        grave.queue,
        len(ids),
        ids,
        exhausted=grave.exhausted,
        origins=_each_once([line.origin for line in lines]),
        routes=_each_once([line.route for line in lines]),
        identity=identity,
    )


def not_yet_known(grave: Grave, count: int, some: Sequence[LetterLine]) -> Choice:
    """So many, of which only some were read; for what is shown until all are."""
    origins, routes = _each_once([line.origin for line in some]), _each_once([line.route for line in some])
    return Choice(grave.queue, count, (), exhausted=grave.exhausted, origins=origins, routes=routes)


def _each_once(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(filter(None, dict.fromkeys(names)))[:_MOST_ORIGINS]
