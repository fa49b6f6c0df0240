"""What ``wqstudio dlq … --dry-run`` prints: what would be done, for people, or as JSON."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict

from wqstudio.domain.letter import Destination, Rewriting
from wqstudio.domain.redrive import Owner, Plan, RedriveId, Refusal
from wqstudio.engine.letters.rewritings import in_some, parted
from wqstudio.engine.moves import plan_words
from wqstudio.engine.moves.import_previews import ImportPreview
from wqstudio.engine.moves.previews import Preview
from wqstudio.engine.moves.undo_planning import UndoPreview


def preview(found: Preview, plan: Plan, *, as_json: bool) -> str:
    if as_json:
        return json.dumps(asdict(found), indent=2, ensure_ascii=False)
    lines = [f"would {plan.action.value} {found.going:,} of {plan.queue}{_meant(found)}"]
    lines += [*_going(found.destinations), *_staying(found.homeless, "stay")]
    lines += [f"  {owner.count:>7,}  stay: left to {owned(owner)}" for owner in found.owners]
    if found.gone:
        lines.append(f"  {found.gone:>7,}  are not there any more")
    warnings = (*found.at_work, *plan_words.staying(found.stays), *found.shortage)
    lines += [f"  warning: {sentence}" for sentence in warnings]
    if found.rewriting is not None:
        lines += _headers(found.rewriting)
    lines += [
        f"  {sentence}"
        for sentence in (
            *found.audience,
            found.doubling,
            plan_words.originals(found.pointed_in),
            plan_words.pointers(found.pointers_in),
            plan_words.no_undo(plan, points=found.points),
            plan_words.later(plan),
            found.remark,
        )
        if sentence
    ]
    return "\n".join(lines)


def _meant(found: Preview | ImportPreview) -> str:
    """Where not all of them would go."""
    return "" if found.going == found.count else f", of {found.count:,} that are meant"


def _headers(whole: Rewriting) -> Iterator[str]:
    found, replaced = parted(whole)
    kept = in_some(found.kept, found.kept_in, found.letters)
    yield f"  headers kept: {', '.join(kept) or 'none'}"
    names = in_some((name for name, _ in found.stripped), found.stripped_in, found.letters)
    for name, (_, why) in zip(names, found.stripped, strict=True):
        yield f"  header left out: {name} ({why})"
    yield from (f"  header replaced: {name}: {value} (the old one: {why})" for name, value, why in replaced)
    values = in_some((f"{name}: {value}" for name, value in found.added), found.added_in, found.letters)
    yield from (f"  header added: {value}" for value in values)
    yield from (f"  {remark}" for remark in found.remarks)


def _going(destinations: Iterable[tuple[Destination, int]]) -> Iterator[str]:
    """With the subject where only that tells two of them apart."""
    going = tuple(destinations)
    often = Counter((to.queue, to.exchange) for to, _ in going)
    for to, count in going:
        exchange = f" by exchange {to.exchange}" if to.exchange else ""
        route = f" ({to.route})" if often[to.queue, to.exchange] > 1 else ""
        yield f"  {count:>7,}  to {to.queue}{route}{exchange}"


def _staying(homeless: Iterable[Refusal], what: str) -> Iterator[str]:
    yield from (f"  {refusal.count:>7,}  {what}: {refusal.reason}" for refusal in homeless)


def undo_preview(found: UndoPreview, run: RedriveId, *, as_json: bool) -> str:
    if as_json:
        return json.dumps(asdict(found), indent=2, ensure_ascii=False)
    most = "" if found.is_exact else "at most "
    lines = [f"would bring back {most}{found.count:,} (undo of {run})"]
    if found.taken:
        least = "" if found.is_exact else " at least"
        lines.append(f"  {found.taken:>7,}{least}  stay: a consumer has had them, or they are gone")
    if not found.is_exact:
        lines.append("  how many of them a consumer has had shows only when they are taken back")
    if found.left_out:
        lines.append(f"  {found.left_out:>7,}  stay: they were pointers, which cannot be put back")
    return "\n".join([*lines, *(f"  {sentence}" for sentence in found.cost.sentences)])


def import_preview(found: ImportPreview, *, as_json: bool) -> str:
    if as_json:
        return json.dumps(asdict(found), indent=2, ensure_ascii=False)
    lines = [
        f"would publish {found.going:,}{_meant(found)}",
        *_going(found.destinations),
        *_staying(found.homeless, "not published"),
    ]
    lines += [f"  warning: {sentence}" for sentence in (*plan_words.published_before(found), *found.shortage)]
    if found.rewriting is not None:
        lines += [*_headers(found.rewriting), f"  {plan_words.DIED}"]
    return "\n".join([*lines, *(f"  {sentence}" for sentence in found.audience)])


def owned(owner: Owner) -> str:
    """Who has half done letters, and what to do."""
    return f"run {owner.run}, which was not finished; finish it first: `wqstudio dlq finish {owner.run}`"
