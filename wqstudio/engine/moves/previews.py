"""What a plan would do to the letters of a queue, as it is now."""

from array import array
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial

from wqstudio.brokers.letters import Copy, Held, Letters, Outlet
from wqstudio.domain.letter import Destination, Load, Rewriting
from wqstudio.domain.reading import Unknown
from wqstudio.domain.redrive import Action, Owner, Plan, RedriveId, Refusal
from wqstudio.engine.journal.strangers import Strangers
from wqstudio.engine.letters.matching import compiled
from wqstudio.engine.letters.originals import Originals, Stays
from wqstudio.engine.letters.rewritings import Rewritings
from wqstudio.engine.letters.sayings import merged
from wqstudio.engine.moves.carrying import address
from wqstudio.engine.moves.redrive import new_run

OWN_MARK = "(the run's own)"
"""What stands for the mark of a copy where nothing is copied yet."""
_HEARD = 5
"""Destinations, the most frequent ones, of which a preview says who else is there."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a plan would do, as the queue is now. Looking for it costs what any look costs."""

    count: int
    """Letters that the plan means."""
    destinations: tuple[tuple[Destination, int], ...]
    """The most frequent first; empty for a discard."""
    homeless: tuple[Refusal, ...]
    """Letters that could not be addressed, or for which there is no such place, and why."""
    rewriting: Rewriting | None
    """Of the first thousand letters together; None: there is none, or they are discarded."""
    complete: bool = True
    """False: there are more letters than were looked through, so there may be more of everything."""
    meant: int | None = None
    """As ``count``, of all letters; None: where not all were looked through, that is not known."""
    size: int = 0
    """Bytes of the bodies of those that the plan means, as they go."""
    audience: tuple[str, ...] = ()
    """See ``Outlet.audience``; of the most frequent destinations."""
    at_work: tuple[str, ...] = ()
    """See ``Letters.at_work``: to be warned of."""
    shortage: tuple[str, ...] = ()
    """See ``Outlet.shortage``: to be warned of."""
    doubling: str = ""
    """See ``Outlet.doubling``; empty for a discard."""
    owners: tuple[Owner, ...] = ()
    """See ``Progress.owners``; these letters are among those of ``count``."""
    pointed_in: tuple[str, ...] = ()
    """See ``Letter.pointed_in``: the streams of all these."""
    stays: tuple[Stays, ...] = ()
    """Of the pointers among them: messages that are not removed from where they lie."""
    pointers_in: tuple[str, ...] = ()
    """See ``Pointers.queues``."""
    short: int = 0
    """Of those that have a destination, so many at least do not fit there."""
    doubtful: int = 0
    """Of the homeless, so many may be stored all the same, which only publishing tells (``NoWay.certain``)."""
    remark: str = ""
    """See ``Letters.remark``."""
    gone: int = 0
    """Letters of the file that the plan means (``Plan.exported``) that are not there any more; none of ``count``."""

    @property
    def points(self) -> bool:
        """Pointers are among them."""
        return bool(self.pointed_in or self.stays)

    @property
    def going(self) -> int:
        """Letters that would go, as far as the broker tells now."""
        return (
            self.count
            - sum(refusal.count for refusal in self.homeless)
            - sum(owner.count for owner in self.owners)
            - self.short
        )


async def foresee(
    plan: Plan, batches: AsyncGenerator[Sequence[Held], None], letters: Letters, outlet: Outlet, others: Strangers
) -> Preview:
    """``others``: see ``strangers``."""
    means, goes = compiled(plan.match, plan.as_of or None), Counter[Destination]()
    sizes: defaultdict[Destination, array[int]] = defaultdict(partial(array, "q"))
    owned, run = Counter[RedriveId](), new_run()
    homeless, count, size, rewritings = Counter[str](), 0, 0, Rewritings()
    pointed_in, originals = set[str](), Originals()
    async with aclosing(batches) as looked_at:
        async for held in _each(looked_at):
            if count == plan.limit:
                break  # what is not looked at costs nothing
            owner = others.take(letters.fingerprint(held)) if others else ""
            letter = letters.read(held)
            if not means(letter):
                continue
            count += 1
            size += len(held.body if plan.edit is None or plan.edit.body is None else plan.edit.body)
            if owner:
                owned[owner] += 1
                continue
            pointed_in.add(letter.pointed_in)
            if plan.action is Action.DISCARD:
                originals.add(letter.stays_in, None)
                continue
            to = address(plan, letters, held)
            if isinstance(to, Unknown):
                homeless[to.reason] += 1
            else:
                originals.add(letter.stays_in, to)
                goes[to] += 1
                copy = Copy(held, to, f"{run}.{count - 1}", plan.edit, identity=letters.fingerprint(held))
                sizes[to].append(outlet.size(copy))
                if not rewritings.is_full:
                    rewritings.add(outlet.rewriting(copy._replace(mark=OWN_MARK)))
    doubtful = 0
    refused = await outlet.refusals(goes)
    for to, no_way in refused.items():
        number = goes.pop(to)
        homeless[no_way.sentence] += number
        doubtful += 0 if no_way.certain else number
    destinations = tuple(goes.most_common())
    shortage = await outlet.shortage({to: Load(sizes[to]) for to, _ in destinations})
    return Preview(
        count,
        destinations,
        tuple(Refusal(*each) for each in homeless.most_common()),
        rewritings.total(),
        size=size,
        audience=await audience(destinations, outlet),
        at_work=tuple(await letters.at_work()) if count else (),
        shortage=tuple(each.sentence for each in shortage),
        doubling=await _doubling(destinations, outlet),
        owners=tuple(Owner(*each) for each in owned.most_common()),
        pointed_in=tuple(sorted(filter(None, pointed_in))),
        stays=await originals.staying(outlet, refused),
        short=sum(each.staying for each in shortage),
        doubtful=doubtful,
        remark=letters.remark,
    )


async def audience(destinations: Sequence[tuple[Destination, int]], outlet: Outlet) -> tuple[str, ...]:
    """Of the first of them. What is said of several is said once."""
    said = [(to.route, sentence) for to, _ in destinations[:_HEARD] for sentence in await outlet.audience(to)]
    rest = len(destinations) - _HEARD
    if rest <= 0:
        return merged(said)
    others = "the other place" if rest == 1 else f"the other {rest:,} places"
    return (*merged(said), f"Who receives what goes to {others} is not looked up here.")


async def _doubling(destinations: Sequence[tuple[Destination, int]], outlet: Outlet) -> str:
    """Of the first of them: each queue may know a copy for another time."""
    return " ".join(dict.fromkeys([await outlet.doubling(to) for to, _ in destinations[:_HEARD]]))


async def _each(batches: AsyncIterator[Sequence[Held]]) -> AsyncIterator[Held]:
    async for batch in batches:
        for held in batch:
            yield held
