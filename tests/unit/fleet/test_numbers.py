from wqstudio.domain.delivery import Deliveries, deliveries
from wqstudio.domain.settled import FOREIGN, SettledDelivery, pack_delivery
from wqstudio.domain.worker import Outcome, Phase
from wqstudio.fleet import wire
from wqstudio.fleet.numbers import Numbers
from wqstudio.fleet.roster import Roster


def _packed(*rows: tuple[int, int, float, bool]) -> bytes:
    """Task, number as the broker has it, received, and whether it has counted."""
    made = (
        SettledDelivery(1, task, number, received, received, received + 0.5, Outcome.NAKED, 0.5, counted)
        for task, number, received, counted in rows
    )
    return b"".join(pack_delivery(*row) for row in made)


def _numbers(settled: Deliveries) -> list[tuple[int, bool]]:
    return list(zip(settled["deliveries"].tolist(), settled["counted"].tolist(), strict=True))


def _ignore(*_: object) -> None:
    """Nobody asks for phases here."""


def _waits(worker: int) -> wire.WorkerUpdate:
    return wire.WorkerUpdate(worker, Phase.WAITING, 0, None, "", "")


def test_what_a_broker_does_not_count_is_counted_here() -> None:
    """As a classic queue tells: the first, and any later one."""
    numbers = Numbers()
    first = numbers.book(deliveries(_packed((7, 1, 0.0, True), (7, 2, 2.0, False), (7, 2, 1.0, False))))
    assert _numbers(first) == [(1, True), (3, True), (2, True)]
    assert _numbers(numbers.book(deliveries(_packed((8, 2, 3.0, False), (7, 2, 4.0, False))))) == [(2, True), (4, True)]


def test_what_a_broker_counts_is_left_to_it() -> None:
    """It knows also of those that nobody here was told of."""
    rows = deliveries(_packed((7, 3, 1.0, True), (7, 2, 0.0, True), (8, 5, 0.0, False), (7, 4, 2.0, True)))
    assert _numbers(Numbers().book(rows)) == [(3, True), (2, True), (5, True), (4, True)]


def test_messages_of_somebody_else_cannot_be_told_apart() -> None:
    rows = deliveries(_packed((FOREIGN, 2, 0.0, False), (FOREIGN, 2, 1.0, False)))
    assert _numbers(Numbers().book(rows)) == [(2, False)] * 2


def test_hosts_are_read_one_after_the_other_and_numbered_together() -> None:
    roster = Roster(_ignore, _ignore)
    for settled in (_packed((7, 2, 1.0, False), (7, 2, 3.0, False)), _packed((7, 1, 0.0, True), (7, 2, 2.0, False))):
        roster.take(wire.Report(settled=settled, workers=[_waits(1)]))
    assert _numbers(roster.batch().settled) == [(2, True), (4, True), (1, True), (3, True)]


def test_what_is_being_worked_on_has_the_number_that_it_will_have() -> None:
    roster = Roster(_ignore, _ignore)
    settled = _packed((7, 1, 0.0, True), (7, 2, 1.0, False))
    begun = [
        wire.BegunRow(1, 7, 2, 1.0, 1.0, 0.5, 0.5, False),
        wire.BegunRow(2, 7, 2, 2.0, 2.0, 0.5, 0.5, False),
        wire.BegunRow(3, FOREIGN, 2, 2.0, 2.0, 0.5, 0.5, False),
    ]
    roster.take(wire.Report(settled=settled, begun=begun))
    batch = roster.batch()
    assert _numbers(batch.settled) == [(1, True), (2, True)]
    assert [(one.deliveries, one.counted) for one in batch.begun] == [(2, True), (3, True), (2, False)]
