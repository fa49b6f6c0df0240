"""What a preview of a move says, section by section. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from wqstudio.domain.letter import Destination, LookCost, Rewriting
from wqstudio.domain.redrive import Action, Match, Plan, Refusal
from wqstudio.engine.letters.rewritings import in_some, parted
from wqstudio.engine.moves import plan_words
from wqstudio.engine.moves.previews import Preview
from wqstudio.ui import format as fmt
from wqstudio.ui.names import visible

_PLACES = 5
"""Destinations, or reasons, that are named one by one."""
_HEADERS = 12
_LIVE = "{} is not known to keep dead letters: there may be live messages among these, that workers wait for."


class Fact(NamedTuple):
    text: str
    tone: str = ""
    """The kind of label: "muted", "warning", "error"; empty: plain."""


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    facts: tuple[Fact, ...]


def may_go(preview: Preview) -> int:
    """Letters that would go, and those of which only trying tells."""
    return preview.going + preview.doubtful


def _exact(preview: Preview) -> int | None:
    """How many of all would go; None: some that nobody has looked at might have to stay, or are not counted."""
    if preview.complete:
        return preview.going
    return None if preview.homeless or preview.owners or preview.short else preview.meant


def amount(preview: Preview) -> str:
    """As text: "at least" where it is not known of all, "up to" where only trying tells."""
    if preview.doubtful:
        return f"up to {may_go(preview):,}"
    exact = _exact(preview)
    return f"at least {preview.going:,}" if exact is None else f"{exact:,}"


def messages(amount: str) -> str:
    """So many of them, as ``amount`` has it: "up to 1 message"."""
    return f"{amount} {'message' if amount.rsplit(maxsplit=1)[-1] == '1' else 'messages'}"


def chosen(plan: Plan) -> str:
    """From where, and which ones."""
    return f"from {visible(plan.queue)} · {plan_words.meant(plan)}"


def button(plan: Plan, preview: Preview) -> str:
    """What the button says that starts it."""
    if preview.doubtful:
        return f"Try to requeue {may_go(preview):,}"
    exact = _exact(preview)
    which = f"{exact:,}" if exact is not None else "what fits" if preview.short else "all"
    if plan.action is Action.DISCARD:
        return f"Discard {which}"
    places = {to.queue for to, _ in preview.destinations}
    if plan.destination is None and len(places) != 1:
        return f"Requeue {which}"
    return f"Requeue {which} to {visible(next(iter(places), ''))}"


def sections(plan: Plan, preview: Preview, cost: LookCost, *, live: bool = False) -> list[Section]:
    """Those that have anything to say. ``live``: the queue is not known to keep dead letters."""
    found = [
        Section("Live work", (Fact(_LIVE.format(visible(plan.queue)), "error"),) if live else ()),
        Section("Where to", tuple(_places(plan, preview))),
        Section("Stay", tuple(_staying(preview))),
        Section("Originals", tuple(Fact(said, "warning") for said in plan_words.staying(preview.stays, visible))),
        Section("At work", tuple(Fact(sentence, "warning") for sentence in preview.at_work)),
        Section("Room", tuple(Fact(sentence, "warning") for sentence in preview.shortage)),
        Section("Headers", tuple(headers(preview.rewriting)) if preview.rewriting is not None else ()),
        Section("To know", tuple(Fact(remark) for remark in _remarks(plan, preview))),
        Section("Who gets them", tuple(Fact(sentence) for sentence in preview.audience)),
        Section("If it is cut short", (Fact(preview.doubling),) if preview.doubling else ()),
        Section("Cost", tuple(_cost(plan, preview, cost))),
    ]
    return [section for section in found if section.facts]


def _places(plan: Plan, preview: Preview) -> Iterator[Fact]:
    """Nothing where the one place is chosen by name, as it stands above."""
    if plan.destination is None:
        yield from going(preview.destinations)


def going(destinations: Sequence[tuple[Destination, int]]) -> Iterator[Fact]:
    for to, number in destinations[:_PLACES]:
        yield Fact(f"{number:,} → {_named(to)}")
    rest = destinations[_PLACES:]
    if rest:
        yield Fact(f"{sum(number for _, number in rest):,} → {len(rest):,} more places")


def _named(to: Destination) -> str:
    by = f", by exchange {to.exchange}" if to.exchange else ""
    return f"{visible(to.queue)}{'' if to.route == to.queue else f' ({to.route})'}{by}"


def _staying(preview: Preview) -> Iterator[Fact]:
    yield from staying(preview.homeless)
    for owner in preview.owners:
        yield Fact(plan_words.left_to(owner), "warning")


def staying(homeless: Sequence[Refusal]) -> Iterator[Fact]:
    for refusal in homeless[:_PLACES]:
        yield Fact(f"{refusal.count:,}: {refusal.reason}", "warning")
    rest = homeless[_PLACES:]
    if rest:
        yield Fact(f"{sum(refusal.count for refusal in rest):,} for {len(rest):,} other reasons", "warning")


def headers(whole: Rewriting) -> Iterator[Fact]:
    """Which are kept, left out or replaced and why, and added."""
    rewriting, replaced = parted(whole)
    letters = rewriting.letters
    kept = in_some(rewriting.kept, rewriting.kept_in, letters)
    if kept:
        more = f" and {len(kept) - _HEADERS:,} more" if len(kept) > _HEADERS else ""
        yield Fact(f"Kept: {', '.join(kept[:_HEADERS])}{more}")
    left_out = in_some((name for name, _ in rewriting.stripped), rewriting.stripped_in, letters)
    for name, (_, why) in zip(left_out, rewriting.stripped, strict=True):
        yield Fact(f"Left out: {name} – {why}")
    yield from (Fact(f"Replaced: {name} – the old one: {why}") for name, _, why in replaced)
    if rewriting.added:
        yield Fact(f"Added: {', '.join(in_some(_added(rewriting.added), rewriting.added_in, letters))}")


def _added(added: Sequence[tuple[str, str]]) -> Iterator[str]:
    """A value that only the run itself will know is no news."""
    for name, value in added:
        yield name if value.startswith("(") else f"{name}: {value}"


def _remarks(plan: Plan, preview: Preview) -> Iterator[str]:
    if no_undo := plan_words.no_undo(plan, points=preview.points):
        yield no_undo
    if preview.rewriting is not None:
        yield from preview.rewriting.remarks
    if not preview.complete:
        of = "" if preview.meant is None else f" of {preview.meant:,}"
        more = "There are more, and what" if preview.meant is None else "What"
        matching = "" if plan.match == Match() else " that match"
        yield (
            f"Only the first {preview.count:,}{of}{matching} were looked through. {more} is said of places and "
            "headers may not be all."
        )
    if preview.gone:
        yield f"{preview.gone:,} that the file holds are not there any more."
    yield from filter(None, (plan_words.later(plan), preview.remark))


def _cost(plan: Plan, preview: Preview, cost: LookCost) -> Iterator[Fact]:
    size = f"{'' if preview.complete else 'at least '}{fmt.size(preview.size)}"
    if plan.action is Action.DISCARD:
        yield Fact(f"{size} of messages are removed for good: the journal keeps none, so there is no undo.", "warning")
    else:
        removed = "their pointers are removed" if preview.stays else "removed"
        yield Fact(f"{size} are stored once more where they go, and then {removed} from {visible(plan.queue)}.")
    if originals := plan_words.originals(preview.pointed_in, visible):
        yield Fact(originals)
    if pointers := plan_words.pointers(preview.pointers_in, visible):
        yield Fact(pointers)
    number = preview.count if preview.meant is None else preview.meant
    if plan.rate and number > 1:
        yield Fact(f"It takes about {fmt.duration(number / plan.rate)}.")
    if plan.ids is None:
        yield from (Fact(sentence) for sentence in cost.sentences)
