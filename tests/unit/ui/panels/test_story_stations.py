from wqstudio.domain.fate import Fate
from wqstudio.domain.task import TaskId
from wqstudio.domain.worker import Outcome
from wqstudio.engine.timeline.story import Chapter, Story
from wqstudio.ui.panels.story_stations import stations
from wqstudio.ui.theme import DARK

REJECTED = Chapter(1, "one", 1, 0.0, 0.002, 6.0, Outcome.TERMINATED, 0.0, 1.0)
OTHERS = Chapter(2, "two", 2, 5.0, 5.5, None, None, 0.0, 1.0)


def test_the_end_says_why_of_the_delivery_that_ended_it_whoever_has_it_meanwhile() -> None:
    story = Story(TaskId("run", 7, 0).number, 0.0, (REJECTED, OTHERS), "p", Fate.DEAD_LETTERED, REJECTED)
    *_, first, second, end = stations(story, (1, 0.0), DARK)
    assert (end.title, end.lines[0]) == ("Dead-lettered", "it was rejected, and is given to nobody any more")
    assert not any("held" in line for line in first.lines), "what is taken up at once is not hoarded"
    assert any(line.startswith("held for 500") for line in second.lines)
