"""What importing a file of exported messages would do, as things are now."""

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from wqstudio.brokers.letters import Outlet
from wqstudio.domain.letter import Destination, Load, Rewriting
from wqstudio.domain.reading import Unknown
from wqstudio.domain.redrive import Plan, RedriveId, Refusal
from wqstudio.engine.journal.journal import Entry
from wqstudio.engine.letters.file import Imported
from wqstudio.engine.letters.rewritings import Rewritings
from wqstudio.engine.moves.imported_before import ImportedBefore
from wqstudio.engine.moves.importing import address, copy_of
from wqstudio.engine.moves.previews import OWN_MARK, audience

_ROUTES = 20


@dataclass(frozen=True, slots=True)
class Earlier:
    """An import that has published ``count`` of these messages where they would go now, or may have when it ended."""

    run: RedriveId
    started: float
    """Unix time in seconds."""
    count: int
    unfinished: bool = False
    """It can be gone on with, which publishes none of them twice that is known to be there."""


@dataclass(frozen=True, slots=True)
class ImportPreview:
    count: int
    """Messages in the file."""
    destinations: tuple[tuple[Destination, int], ...]
    """The most frequent first."""
    homeless: tuple[Refusal, ...]
    """Messages that could not be addressed, or for which there is no such place, and why."""
    size: int
    """Bytes of all bodies."""
    earlier: tuple[Earlier, ...] = ()
    """The newest first."""
    remembered: float = 0.0
    """Seconds for which a destination knows what was published there by its id, and stores it no second time."""
    audience: tuple[str, ...] = ()
    """See ``Outlet.audience``."""
    shortage: tuple[str, ...] = ()
    """See ``Outlet.shortage``."""
    short: int = 0
    """Of those that have a destination, so many at least do not fit there."""
    doubtful: int = 0
    """See ``Preview.doubtful``."""
    rewriting: Rewriting | None = None
    """Of the first thousand messages together; None: none has a destination."""
    lay_under: tuple[str, ...] = ()
    """Subjects or routing keys under which they lay when they were exported, the most frequent first, and not all."""

    @property
    def going(self) -> int:
        """Messages that would be published, as things are now."""
        return self.count - sum(refusal.count for refusal in self.homeless) - self.short


async def foresee(plan: Plan, letters: Iterable[Imported], outlet: Outlet, before: ImportedBefore) -> ImportPreview:
    """Raises what reading the file raises."""
    goes, lay, rewritings = Counter[Destination](), Counter[str](), Rewritings()
    sizes: defaultdict[Destination, array[int]] = defaultdict(partial(array, "q"))
    homeless, runs, by_run, count, size = Counter[str](), dict[RedriveId, Entry](), Counter[RedriveId](), 0, 0
    for letter in letters:
        count += 1
        size += len(letter.held.body)
        lay[letter.held.route] += 1
        to = address(plan, letter)
        if isinstance(to, Unknown):
            homeless[to.reason] += 1
            continue
        goes[to] += 1
        copy = copy_of(letter, to)
        sizes[to].append(outlet.size(copy))
        if not rewritings.is_full:
            rewritings.add(outlet.rewriting(copy._replace(mark=OWN_MARK)))
        if (entry := before.find(letter, to)) is not None:
            runs[entry.id] = entry
            by_run[entry.id] += 1
    doubtful = 0
    for to, no_way in (await outlet.refusals(goes)).items():
        number = goes.pop(to)
        homeless[no_way.sentence] += number
        doubtful += 0 if no_way.certain else number
    destinations = tuple(goes.most_common())
    shortage = await outlet.shortage({to: Load(sizes[to]) for to, _ in destinations})
    newest_first = sorted(runs.values(), key=lambda entry: entry.started, reverse=True)
    return ImportPreview(
        count,
        destinations,
        tuple(Refusal(*each) for each in homeless.most_common()),
        size,
        earlier=tuple(
            Earlier(entry.id, entry.started, by_run[entry.id], entry.progress.state.unfinished)
            for entry in newest_first
        ),
        remembered=min([await outlet.remembers(to) for to, _ in destinations], default=0.0),
        audience=await audience(destinations, outlet),
        shortage=tuple(each.sentence for each in shortage),
        short=sum(each.staying for each in shortage),
        doubtful=doubtful,
        rewriting=rewritings.total(),
        lay_under=tuple(route for route, _ in lay.most_common(_ROUTES)),
    )
