"""Whether a requeue can be undone, what the journal knows of it, and what an undo would do."""

from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import NamedTuple

from wqstudio.brokers.letters import Made, Movable
from wqstudio.domain.letter import Destination, LookCost
from wqstudio.domain.redrive import Action, MoveState, Plan, RedriveId, RunState
from wqstudio.engine.journal.journal import Entry, Journal, Routes

_BATCH = 1_000


_FINAL = {
    Action.DISCARD: "What was discarded is gone: the journal keeps no messages. If they were exported, import them.",
    Action.UNDO: "This was an undo itself; requeue the messages again instead.",
    Action.EXPORT: "An export changes nothing but the file it wrote, so there is nothing to undo.",
    Action.IMPORT: "These messages came from a file, so there is no queue to bring them back to; discard them there.",
}


class Record(NamedTuple):
    """What the journal knows of a run that may be undone, as far as it costs little to ask."""

    moved: int
    routes: Routes
    targets: Sequence[Destination]


@dataclass(frozen=True, slots=True)
class Doings:
    """All that it knows of one that is to be undone."""

    made: Mapping[str, Made]
    """By mark: the copies whose originals were removed, and which can be put back."""
    record: Record
    back: int = 0
    """Of these, so many were brought back by earlier undos."""

    def missing(self, met: int) -> int:
        """Copies that no undo has brought back, beyond the ``met``: somebody has had them."""
        return max(0, len(self.made) - self.back - met)


def record(journal: Journal, run: RedriveId) -> Record:
    moved = journal.counts(run).get(MoveState.REMOVED, 0)
    return Record(moved, journal.routes(run), journal.targets(run))


def doings(journal: Journal, run: RedriveId, but: RedriveId = "") -> Doings:
    """``but``: the undo that asks, which may have begun."""
    known = record(journal, run)
    moves = journal.moves(run, {MoveState.REMOVED})
    made = {f"{run}.{move.number}": Made(move.number, move.place) for move in moves if known.routes.of(move.number)}
    back = sum(undo.progress.moved for undo in journal.undos(run) if undo.id != but)
    return Doings(made, known, back)


def refusal(entry: Entry, known: Record, later: Sequence[Entry]) -> str:
    """Why a run cannot be undone, in a sentence for a person; empty: it can. ``later``: the undos that there were."""
    plan, state = entry.plan, entry.progress.state
    if state.unfinished:
        return f"Run {entry.id} is not over; finish it first."
    if plan.action in _FINAL:
        return _FINAL[plan.action]
    if plan.exhausted:
        return (
            "These messages were exhausted in place: in their stream they had a consumer's count of deliveries, which "
            "no copy can be given."
        )
    if plan.edit is not None:
        return "The message was edited before it was requeued, and what it was before is not kept."
    if entry.progress.moved and not known.moved:
        return "The run is so old that the journal has forgotten which messages went where; requeue them by hand."
    return _unmoved(known) or undone(later)


def _unmoved(known: Record) -> str:
    if not known.moved:
        return "Nothing was moved, so there is nothing to bring back."
    if not known.targets:
        return "The run is older than this journal's memory of where messages went; requeue them by hand."
    if not any(known.routes.names):
        return (
            "The dead-letter queue held pointers to the messages, not the messages: a copy put there would not be "
            "what was there."
        )
    if exchange := next((to.exchange for to in known.targets if to.exchange), ""):
        return f"They were published to the exchange {exchange}, and to which queues that led cannot be told any more."
    return ""


def undone(later: Sequence[Entry]) -> str:
    """Why it needs no undo any more; empty: it was never undone, or not to the end."""
    for undo in later:
        if undo.progress.state.unfinished:
            return f"It is being undone by run {undo.id}; finish that one."
        if undo.progress.state is RunState.DONE and not undo.progress.refused:
            return f"It was undone already, by run {undo.id}."
    return ""


def plan_of(entry: Entry, known: Record, *, lift_limit: bool) -> Plan:
    route = next((name for name in known.routes.names if name), "")
    return Plan(
        entry.plan.queue,
        Action.UNDO,
        Destination(entry.plan.queue, route),
        rate=entry.plan.rate,
        batch=entry.plan.batch,
        lift_limit=lift_limit,
        undo_of=entry.id,
    )


@dataclass(frozen=True, slots=True)
class UndoPreview:
    """What an undo would do, as things are now."""

    count: int
    """Messages that would come back; where ``is_exact`` is False, at most so many."""
    taken: int
    """Those that somebody has, or has had, or that are gone; where ``is_exact`` is False, at least so many: how often
    one was given out does not show without taking it.
    """
    is_exact: bool
    left_out: int
    """Pointers among what was requeued: they cannot be put back."""
    cost: LookCost
    """Of taking them back, for the queues where they are."""
    staying: int = 0
    """Of those that somebody has had, so many that show where they went: they are refused."""
    sources: tuple[str, ...] = ()
    """Where they went, and come back from."""
    rate: float = 0.0
    """Messages a second at most, as the run went that is undone; 0: as fast as it goes."""


async def preview(done: Doings, copies: Movable) -> UndoPreview:
    """Looks only where looking costs nothing; on the other broker a look alone would make them seem taken."""
    left_out = done.record.moved - len(done.made)
    sources = tuple(dict.fromkeys(to.queue for to in done.record.targets))
    if copies.cost.sentences or copies.cost.refusal:
        gone = done.missing(copies.count)
        return UndoPreview(copies.count, gone, is_exact=False, left_out=left_out, cost=copies.cost, sources=sources)
    seen = staying = 0
    async with aclosing(copies.batches(_BATCH)) as batches:
        async for batch in batches:
            seen += len(batch)
            staying += sum(bool(held.problem) for held in batch)
    count = seen - staying
    taken = done.missing(count)
    return UndoPreview(
        count, taken, is_exact=True, left_out=left_out, cost=copies.cost, staying=staying, sources=sources
    )
