"""A plan, and what became of it, in words. Pure."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import PurePath

from wqstudio.domain.redrive import Action, Match, Owner, Plan, Progress, RunState
from wqstudio.engine.letters.originals import Stays
from wqstudio.engine.moves.import_previews import ImportPreview

HOME = "where they came from"
GIVEN_UP = "It was interrupted, and given up by hand."
"""The trouble of a run that was dropped."""

DIED = (
    "When it died stays known of a message whose headers tell; elsewhere the time of the import stands for it, or none."
)
"""Of messages that are imported."""
NOTHING_MOVED = "nothing moved"
OVERTAKEN = "gone before they were removed (somebody else took them, too, or the queue dropped them)"
"""Of messages that were copied."""
UNSURE = "perhaps by somebody else (under way when the run was cut off, and gone when it went on)"
"""Of messages that were discarded."""
_POINTERS = "pointers to them"
_DONE = {
    Action.REQUEUE: "Requeued",
    Action.DISCARD: "Discarded",
    Action.UNDO: "Brought back",
    Action.IMPORT: "Published",
    Action.EXPORT: "Exported",
}

Shown = Callable[[str], str]
"""How the name of a queue is shown."""


def done(action: Action) -> str:
    """What was done to so many messages, in the midst of a sentence."""
    return _DONE[action].lower()


def title(plan: Plan, shown: Shown = str) -> str:
    """What is done, from where, to where: "Requeue jobs_dlq → jobs"."""
    place = f"{shown(plan.queue)}, exhausted in place" if plan.exhausted else shown(plan.queue)
    if plan.action is Action.DISCARD:
        return f"Discard from {place}"
    if plan.action is Action.UNDO:
        return f"Undo: back to {place}"
    if plan.action is Action.IMPORT:
        return f"Import {PurePath(plan.queue).name} → {target(plan, shown)}"
    if plan.action is Action.EXPORT:
        return f"Export {place} → {PurePath(plan.file).name}"
    verb = "Requeue" if plan.edit is None else "Requeue, edited,"
    return f"{verb} {place} → {target(plan, shown)}"


def target(plan: Plan, shown: Shown = str) -> str:
    if plan.destination is None:
        return shown(plan.towards) if plan.towards else HOME
    queue, route = plan.destination.queue, plan.destination.route
    return shown(queue) if route in {"", queue} else f"{shown(queue)} ({route})"


def single_target(plan: Plan) -> str:
    """The queue in which a run's messages come to lie, or the subject that leads there; empty: none, or several."""
    if plan.action in {Action.DISCARD, Action.EXPORT}:
        return ""
    return plan.towards if plan.destination is None else plan.destination.queue


def meant(plan: Plan) -> str:
    """Which letters: "12 chosen", "all whose reason is rejected"."""
    if plan.action is Action.UNDO:
        return f"what nobody has taken of run {plan.undo_of}"
    if plan.action is Action.IMPORT:
        return "all that it holds"
    if plan.exported:
        which = f"those exported to {PurePath(plan.exported).name}"
    elif plan.ids is not None:
        which = f"{len(plan.ids):,} chosen"
    else:
        parts = list(_parts(plan.match))
        which = f"all {' and '.join(parts)}" if parts else "all"
    return which if plan.limit is None else f"{which}, {plan.limit:,} at most"


def meant_then(plan: Plan) -> str:
    """As ``meant``, of a run that has begun."""
    return f"{meant(plan)}, of those that were there when it began" if plan.is_open else meant(plan)


def later(plan: Plan) -> str:
    """What becomes of letters that come later, in a sentence; empty: that goes without saying."""
    return "What comes once it has begun is none of it, and stays." if plan.is_open else ""


def no_undo(plan: Plan, *, points: bool) -> str:
    """Why some of what a requeue moves could not be brought back, in a sentence; empty: all could. ``points``: pointers
    are among them.
    """
    if plan.action is not Action.REQUEUE:
        return ""
    if plan.edit is not None:
        return "The message goes on as it was edited, once; what it was before is not kept, so there is no undo."
    if plan.exhausted:
        return "There is no undo: no copy can be given the count of deliveries by which these died."
    return "Of pointers there is no undo: they cannot be put back." if points else ""


def _parts(match: Match) -> Iterator[str]:
    if match.text:
        yield f"with “{match.text}” in body or headers"
    if match.regex:
        yield f"whose body matches {match.regex}"
    if match.json_path:
        value = f" = {match.json_value}" if match.json_value else ""
        yield f"with {match.json_path}{value} in a JSON body"
    if match.header:
        value = f": {match.header_value}" if match.header_value is not None else ""
        yield f"with the header {match.header}{value}"
    if match.reason:
        yield f"whose reason is {match.reason}"
    if match.origin:
        yield f"that came from {match.origin}"
    if match.route:
        yield f"that were published to {match.route}"
    if match.older_than is not None:
        yield f"that died more than {_span(match.older_than)} ago"
    if match.younger_than is not None:
        yield f"that died less than {_span(match.younger_than)} ago"


def _span(seconds: float) -> str:
    for length, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= length and seconds % length == 0:
            return f"{seconds / length:,.0f} {unit}"
    return f"{seconds:g} s"


def ended(progress: Progress) -> str:
    """In a word or two, where its state alone would mislead."""
    if progress.trouble == GIVEN_UP:
        return "given up"
    if progress.state is RunState.DONE and progress.refused and not progress.moved and not progress.kept:
        return NOTHING_MOVED
    return progress.state.value


def result(plan: Plan, progress: Progress) -> str:
    """How it ended: "Requeued 1,240, 2 refused and still there"."""
    of = out_of(plan, progress) if progress.state is RunState.INTERRUPTED else ""
    parts = [f"{_DONE[plan.action]} {progress.moved:,}{of}", *counts(plan, progress)]
    how = {
        RunState.CANCELLED: "Cancelled: ",
        RunState.STOPPED: "Stopped: " if progress.trouble else "Stopped at a refusal: ",
        RunState.INTERRUPTED: "Interrupted: ",
        RunState.FAILED: "Failed: ",
    }.get(progress.state, "")
    text = ", ".join(parts)
    return f"{how}{text[0].lower()}{text[1:]}" if how else text


def wanted(plan: Plan, progress: Progress) -> int | None:
    """How many it is to move, at most; None: how many a filter or a file means is not known before the end."""
    if not progress.total or plan.match != Match() or plan.exported:
        return None
    most = progress.total if plan.ids is None else len(plan.ids)  # another look has to search for them (RabbitMQ)
    return most if plan.limit is None else min(plan.limit, most)


def out_of(plan: Plan, progress: Progress) -> str:
    """Behind how many it has moved: " of 1,240"; empty where that is not known."""
    number = wanted(plan, progress)
    return "" if number is None else f" of {number:,}"


def whole_result(plan: Plan, progress: Progress) -> str:
    """As ``result``, and why it was stopped, if not by a refusal."""
    why = progress.trouble if progress.state is RunState.STOPPED else ""
    return ". ".join(filter(None, (result(plan, progress), why)))


def left_to(owner: Owner) -> str:
    """What is to be said of letters that another run has half done."""
    return f"{owner.count:,} left to run {owner.run}, which was not finished: finish it first"


def published_before(found: ImportPreview) -> Iterator[str]:
    """What is to be said of messages that an earlier import has published, each a sentence."""
    for each in found.earlier:
        at = datetime.fromtimestamp(each.started).astimezone()
        were = "was" if each.count == 1 else "were"
        left = ", or may have been; it is not finished: finish that one instead" if each.unfinished else ""
        yield f"{each.count:,} {were} published there before, on {at:%d %B %Y at %H:%M}, by run {each.run}{left}."
    if found.earlier and not found.remembered:
        yield "The broker may not know a copy by its id: then they will be there twice, unless somebody took them."
    elif found.earlier:
        yield (
            f"What came there in the last {_span(found.remembered)} is known by its id, and not stored a second time; "
            "the others will be there twice, unless somebody took them."
        )


def there_before(progress: Progress) -> Iterator[str]:
    """How often an import met what an earlier one had published."""
    if progress.repeated:
        yield f"{progress.repeated:,} of them for a second time, after an earlier import"
    if progress.prevented:
        yield f"{progress.prevented:,} not stored a second time, since the broker knows them by their ids"


def originals(pointed_in: Sequence[str], shown: Shown = str) -> str:
    """What else is removed where pointers are, in a sentence; empty: nothing."""
    if not pointed_in:
        return ""
    streams = ", ".join(map(shown, pointed_in))
    return f"They are pointers: the messages that they point to are removed from {streams}, too."


def staying(stays: Sequence[Stays], shown: Shown = str) -> Iterator[str]:
    """What is not removed where pointers are, and is there twice then, each a sentence."""
    for each in stays:
        queue = shown(each.queue)
        yield (
            f"They are pointers, and of {each.count:,} the original stays in {queue}, whose messages are not one "
            "consumer's alone: others may need it there, or it is kept as history."
        )
        if each.twice:
            yield (
                f"Of {each.twice:,} the copy goes to {queue} as well: each is then stored there twice, original and "
                "copy, and whoever reads it all reads it twice."
            )


def pointers(queues: Sequence[str], shown: Shown = str) -> str:
    """What else is removed where exhausted messages are, in a sentence; empty: nothing."""
    if not queues:
        return ""
    return f"What {', '.join(map(shown, queues))} holds of {_POINTERS} is removed from there, too."


def in_doubt(plan: Plan, half_done: int) -> str:
    """What is not known of a run that nobody will finish, in a sentence; empty: all is."""
    if not half_done:
        return ""
    one = half_done == 1
    they, their, were = ("it", "its", "was") if one else ("they", "their", "were")
    may = {
        Action.DISCARD: f"be gone, or lie where {they} {were}",
        Action.IMPORT: "be published or not",
    }.get(plan.action, f"lie at {their} destination and where {they} {were}")
    return f"{half_done:,} {were} under way: {they} may {may}."


def counts(plan: Plan, progress: Progress) -> Iterator[str]:
    """What is to be said of a run beside how many it moved."""
    if progress.overtaken:
        yield f"{progress.overtaken:,} of them {OVERTAKEN}"
    if progress.unsure:
        yield f"{progress.unsure:,} of them {UNSURE}"
    if refused := progress.refused - progress.kept:
        stay = "" if plan.action is Action.IMPORT else " and still there"
        yield f"{refused:,} refused{stay}"
    if progress.kept:
        yield f"{progress.kept:,} copied and still there"
    yield from (left_to(owner) for owner in progress.owners)
    yield from there_before(progress)
    if progress.gone:
        yield f"{progress.gone:,} not there any more"
    if progress.doubled:
        yield f"{progress.doubled:,} doubled at most"
    if progress.pointers:
        yield f"{progress.pointers:,} {_POINTERS} removed as well"
