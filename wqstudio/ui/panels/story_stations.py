"""The story of one message, as the stations that a person reads."""

from collections.abc import Iterator
from datetime import datetime

from wqstudio.domain.dispatch_rows import TAKEN_UP
from wqstudio.domain.dispatch_words import OUTCOME_WORDS
from wqstudio.domain.fate import Fate
from wqstudio.domain.settled import FOREIGN
from wqstudio.domain.task import producer_of, sequence_of
from wqstudio.domain.worker import Outcome, nameless
from wqstudio.engine.timeline.story import Chapter, Story
from wqstudio.ui import format as figures
from wqstudio.ui.graphs.timeline_ink import outcome_color
from wqstudio.ui.graphs.timeline_words import ordinal
from wqstudio.ui.names import visible
from wqstudio.ui.panels.stations import Station
from wqstudio.ui.theme import Concept, Tones


def heading(story: Story) -> str:
    if story.task == FOREIGN:
        return "A message of somebody else"
    whose = visible(story.producer) if story.producer else nameless(producer_of(story.task), "producer")
    return f"Task {sequence_of(story.task) + 1:,} of {whose}"


def stations(story: Story, asked: tuple[int, float], tones: Tones) -> Iterator[Station]:
    """Oldest first. ``asked``: the worker, and the time of receipt, of the delivery that was clicked."""
    if story.task == FOREIGN:
        yield Station("No producer of this studio published it", ("So deliveries of it cannot be told together.",))
    elif story.published is None:
        yield Station("Published", ("when is not known, or not kept any more",), Concept.PUBLISHED.value)
    else:
        yield Station("Published", (_clock(story.published),), Concept.PUBLISHED.value)
    for chapter in story.chapters:
        yield _station(chapter, asked, tones)
    if story.ended_by is not None:
        yield _end(story, story.ended_by)


def _end(story: Story, by: Chapter) -> Station:
    """What no delivery tells: that there will not be another."""
    if by.outcome is Outcome.TERMINATED:
        why = "it was rejected, and is given to nobody any more"
    else:
        why = f"{by.deliveries:,} deliveries are all it may have: it is given to nobody any more"
    if story.fate is Fate.DEAD_LETTERED:
        return Station("Dead-lettered", (why, "there is a dead letter of it"), Concept.DEAD.value)
    return Station("Exhausted", (why, "no dead-letter queue was told of it"), Concept.DEAD.value)


def _station(chapter: Chapter, asked: tuple[int, float], tones: Tones) -> Station:
    ended = "being worked on" if chapter.outcome is None else OUTCOME_WORDS[chapter.outcome]
    color = Concept.IN_FLIGHT.color if chapter.outcome is None else outcome_color(chapter.outcome, tones)
    return Station(
        f"{visible(chapter.name)}: {ended}",
        tuple(_lines(chapter)),
        color.name(),
        full=chapter.outcome is not None,
        pointed=asked == (chapter.worker, chapter.received),
    )


def _lines(chapter: Chapter) -> Iterator[str]:
    waited = "" if chapter.waited is None else f"  ·  waited {figures.measured(chapter.waited)}"
    if chapter.outcome is Outcome.LOST:
        yield "acknowledged on receipt, so that the broker forgot it: nobody gets it again"
    yield f"{ordinal(chapter.deliveries)}, received {_clock(chapter.received)}{waited}"
    if chapter.begun is None:
        assert chapter.ended is not None
        yield f"held for {figures.measured(chapter.ended - chapter.received)}, and never begun"
        return
    if chapter.begun - chapter.received >= TAKEN_UP:
        yield f"held for {figures.measured(chapter.begun - chapter.received)} before it was begun"
    if chapter.ended is not None:
        yield f"worked on for {figures.measured(chapter.ended - chapter.begun)}, until {_clock(chapter.ended)}"


def _clock(at: float) -> str:
    """To the millisecond, in the person's own time."""
    return datetime.fromtimestamp(at).astimezone().strftime("%H:%M:%S.%f")[:-3]
