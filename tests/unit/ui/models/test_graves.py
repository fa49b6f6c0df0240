from dataclasses import replace

from wqstudio.domain.queue import ANY, QueueState
from wqstudio.domain.reading import Reading, Unknown
from wqstudio.domain.snapshot import Snapshot
from wqstudio.ui.models.graves import Grave, badge, badge_tip, count, places

NONE = Unknown("not told")


def queue(
    name: str, messages: Reading[int], *, dead: bool = False, stuck: Reading[int] = 0, to: tuple[str, ...] = ()
) -> QueueState:
    plain = QueueState(name, "queue", messages, 0, 0, 0, 0, stuck, None, 0, 0, 0)
    return replace(plain, dead_letters=dead, points_to=to)


def snapshot(*queues: QueueState) -> Snapshot:
    return Snapshot(0.0, 0.0, "NATS", {each.name: each for each in queues})


def test_the_place_with_most_letters_comes_first_and_work_queues_only_with_what_is_stuck() -> None:
    found = places(snapshot(queue("jobs", 9, stuck=4), queue("a", NONE, dead=True), queue("b", 7, dead=True)))
    assert [(place.grave, place.letters) for place in found] == [
        (Grave("b"), 7), (Grave("jobs", exhausted=True), 4), (Grave("a"), NONE)
    ]  # fmt: skip


def test_the_badge_counts_no_letter_twice_that_is_pointed_to_and_exhausted_in_place() -> None:
    some = snapshot(queue("jobs", 9, stuck=4), queue("a", 7, dead=True, to=("jobs",)), queue("b", 2, dead=True))
    assert badge(count(some)) == "Dead letters 9"
    told = "9 in dead-letter queues, 4 exhausted in place; some of the former may be pointers to the latter"
    assert badge_tip(some) == told
    copies = snapshot(queue("jobs", 9, stuck=4), queue("a", 7, dead=True))
    assert badge(count(copies)) == "Dead letters 11"
    assert badge_tip(copies) == "7 in dead-letter queues, 4 exhausted in place"
    both = snapshot(queue("jobs", 9, stuck=4), queue("a", 1_200, dead=True, to=(ANY,)), queue("b", 34, dead=True))
    assert badge(count(both)) == "Dead letters 1.2\N{NARROW NO-BREAK SPACE}k"
    alone = snapshot(queue("jobs", 9, stuck=4), queue("a", 0, dead=True))
    assert badge(count(alone)) == "Dead letters 4"
    assert badge_tip(alone) == "0 in dead-letter queues, 4 exhausted in place"
    assert badge(count(snapshot(queue("a", 0, dead=True)))) == "Dead letters"


def test_the_badge_counts_what_is_exhausted_where_no_pointer_leads() -> None:
    some = snapshot(queue("jobs", 9, stuck=4), queue("mail", 5, stuck=5), queue("a", 7, dead=True, to=("jobs",)))
    assert badge(count(some)) == "Dead letters 12"
    elsewhere = snapshot(queue("mail", 5, stuck=5), queue("a", 7, dead=True, to=("jobs",)))
    assert badge(count(elsewhere)) == "Dead letters 12"
    assert badge_tip(elsewhere) == "7 in dead-letter queues, 5 exhausted in place"


def test_what_could_not_be_read_is_no_zero() -> None:
    assert badge(count(None)) == "Dead letters –"
    assert badge(count(Snapshot(0.0, 0.0, "NATS", NONE))) == "Dead letters –"
    assert badge(count(snapshot(queue("a", NONE, dead=True), queue("b", 7, dead=True)))) == "Dead letters –"
    assert not places(None)
