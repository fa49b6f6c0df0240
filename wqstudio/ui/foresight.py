"""What a plan would do, asked step by step: where copies may go, under which subject, and what becomes of them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Generic, Protocol, TypeVar

from wqstudio.domain.letter import Destination, Ways
from wqstudio.domain.redrive import Action, Plan
from wqstudio.domain.subjects import covers, is_pattern
from wqstudio.engine.moves.import_previews import ImportPreview
from wqstudio.engine.moves.previews import Preview

OWN = ""
"""The route of one who wants each letter to go under its own."""
P = TypeVar("P", bound=Preview | ImportPreview)
Told_co = TypeVar("Told_co", bound=Preview | ImportPreview, covariant=True)


class Source(Protocol[Told_co]):
    """Where letters come from: a look at a queue, or a file. All raise LookError."""

    async def foresee(self, plan: Plan) -> Told_co: ...

    async def ways(self, queue: str, routes: Collection[str]) -> Ways: ...


@dataclass(frozen=True, slots=True)
class Where:
    """Where letters are wanted."""

    place: str | Destination | None
    """A queue, or a place that somebody wrote; None: each to where it came from."""
    route: str | None
    """Under which subject of the queue; None: whichever is likeliest, of their own and those that are known."""
    within: str = ""
    """A pattern that the likeliest has to fit; empty: none."""

    def allows(self, route: str) -> bool:
        """To be proposed."""
        return not self.within or covers(self.within, route)


ANYWHERE = Where(None, None)


@dataclass(frozen=True, slots=True)
class Foresight(Generic[P]):
    plan: Plan | None
    """What would be carried out; None: it cannot be, and ``trouble`` says why."""
    preview: P | None = None
    trouble: str = ""
    wants_route: bool = False
    """That is no fault: under which subject has yet to be said."""
    routes: tuple[str, ...] = ()
    """Subjects that one may choose from, the likeliest first; empty where there is no choice."""
    patterns: tuple[str, ...] = ()
    """What any other subject has to fit."""
    own_fit: bool = False
    """All the letters' own subjects lead into the queue, so each can keep its own."""


async def foresee(source: Source[P], plan: Plan, where: Where, known: Sequence[str] = ()) -> Foresight[P]:
    """``known``: routes that may be wanted.

    Raises LookError.
    """
    queue, anywhere = where.place, replace(plan, destination=None)
    if queue is None or plan.action is Action.DISCARD:
        return Foresight(anywhere, await source.foresee(anywhere))
    if isinstance(queue, Destination):
        return await _at(source, plan, queue)
    ways = await source.ways(queue, ())
    if ways.refusal:
        return Foresight(None, trouble=ways.refusal)
    if len(ways.patterns) == 1 and _is_literal(ways.patterns[0], queue):
        return await _at(source, plan, Destination(queue, ways.patterns[0]))
    return await _among(source, plan, _Target(queue, ways, tuple(known)), where)


async def _at(source: Source[P], plan: Plan, destination: Destination) -> Foresight[P]:
    """All to the same place."""
    there = replace(plan, destination=destination)
    return Foresight(there, await source.foresee(there))


@dataclass(frozen=True, slots=True)
class _Target:
    queue: str
    ways: Ways
    known: tuple[str, ...]
    """Routes that may be wanted."""


async def _among(source: Source[P], plan: Plan, target: _Target, where: Where) -> Foresight[P]:
    """A queue that takes several subjects."""
    anywhere, route = replace(plan, destination=None), where.route
    own = await source.foresee(anywhere)
    own_routes = [to.route for to, _ in own.destinations]
    literal = [pattern for pattern in target.ways.patterns if _is_literal(pattern, target.queue)]
    asked = list(dict.fromkeys([*own_routes, *target.known, *literal, *([route] if route else [])]))
    fitting = (await source.ways(target.queue, asked)).fitting
    own_fit = bool(own_routes) and set(own_routes) <= set(fitting) and not own.homeless
    routes = tuple(each for each in asked if each in fitting)
    choice: Foresight[P] = Foresight(None, routes=routes, patterns=target.ways.patterns, own_fit=own_fit)
    if own_fit and route in {None, OWN} and all(map(where.allows, own_routes)):
        return replace(choice, plan=replace(anywhere, towards=target.queue), preview=own)
    takes = _some(target.ways.patterns)
    wanted = route or next(filter(where.allows, routes), "")
    if not wanted:
        trouble = f"Say under which subject: {target.queue} takes {where.within or takes}."
        return replace(choice, trouble=trouble, wants_route=True)
    if wanted not in fitting:
        return replace(choice, trouble=f"{target.queue} does not take {wanted}; it takes {takes}.")
    found = await _at(source, plan, Destination(target.queue, wanted))
    return replace(choice, plan=found.plan, preview=found.preview)


def _is_literal(pattern: str, queue: str) -> bool:
    """A queue's own name is one, whatever it contains (RabbitMQ)."""
    return pattern == queue or not is_pattern(pattern)


def _some(patterns: Sequence[str]) -> str:
    return ", ".join(patterns[:5]) + (" …" if len(patterns) > 5 else "")
