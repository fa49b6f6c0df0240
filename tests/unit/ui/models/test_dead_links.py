from dataclasses import replace

from wqstudio.domain.queue import QueueState
from wqstudio.ui.models.dead_links import DeadLink, DeadLinks, Way

PLAIN = QueueState("", "classic queue", 0, 0, 0, 0, 0, 0, None, 0, 0, 0)


def queue(name: str, *targets: str, keeps: bool = False) -> QueueState:
    return replace(PLAIN, name=name, dead_letter_queues=targets, dead_letters=keeps)


def test_what_changes_at_one_end_concerns_the_other() -> None:
    links = DeadLinks()
    assert links.put(queue("jobs", "dead")) >= {"jobs", "dead"}
    assert links.put(queue("dead", keeps=True)) >= {"jobs", "dead"}
    assert links.put(queue("jobs", "dead")) == frozenset()
    assert links.put(queue("jobs", "other")) >= {"jobs", "dead", "other"}
    assert links.of("dead") == []
    assert links.drop("dead") == set()
    assert links.drop("jobs") == {"other"}


def test_a_queue_that_leads_to_itself_has_no_line_for_what_comes() -> None:
    links = DeadLinks()
    links.put(queue("loop", "loop", keeps=True))
    assert [link.way for link in links.of("loop")] == [Way.OUT]
    assert "itself" in links.of("loop")[0].text
    assert "itself" in links.of("loop")[0].sentence


def test_a_dead_end_is_one_line_that_says_why() -> None:
    links = DeadLinks()
    assert links.put(replace(PLAIN, name="jobs", dead_end="Messages that die here are lost: no exchange")) == {"jobs"}
    (link,) = links.of("jobs")
    assert (link.text, link.listed, link.sentence) == (
        "→ nowhere",
        False,
        "Messages that die here are lost: no exchange",
    )
    links.put(replace(queue("jobs", "gone"), dead_end="Lost: gone is not there"))
    assert [(link.text, link.sentence) for link in links.of("jobs")] == [("→ gone", "Lost: gone is not there")]


def test_what_a_line_says() -> None:
    assert DeadLink("jobs", Way.OUT, ("dead",), rests=True).sentence == "Dead letters go to dead"
    assert DeadLink("jobs", Way.IN, ("a", "b"), rests=True).sentence == "Dead letters of 2 queues come here"
    assert "expires" in DeadLink("delay", Way.OUT, ("jobs",), rests=False).sentence
    assert "not among" in DeadLink("jobs", Way.OUT, ("gone",), rests=True, listed=False).sentence
