"""Work goes on beside whoever feeds it, so many at once, and what fails is told after the rest has come through."""

import asyncio

import pytest

from wqstudio.engine.moves.stage import Stage, Turns


class Work:
    """Waits until it is told to go on, item by item."""

    def __init__(self) -> None:
        self.begun: list[int] = []
        self.done: list[int] = []
        self.gates = [asyncio.Event() for _ in range(4)]

    async def __call__(self, item: int) -> None:
        self.begun.append(item)
        await self.gates[item].wait()
        if item == 3:
            raise ValueError("three")
        self.done.append(item)


async def _turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_two_are_worked_on_and_the_third_waits_for_either() -> None:
    work = Work()
    stage = Stage(work, "test", 2)
    await stage.put(0)
    await stage.put(1)
    third = asyncio.ensure_future(stage.put(2))
    await _turns()
    assert work.begun == [0, 1]
    work.gates[1].set()
    await third
    await _turns()
    assert work.begun == [0, 1, 2]
    for gate in work.gates:
        gate.set()
    await stage.finish()
    assert sorted(work.done) == [0, 1, 2]


@pytest.mark.parametrize("next_call", ["put", "finish"])
async def test_what_fails_is_raised_once_the_others_are_through(next_call: str) -> None:
    work = Work()
    stage = Stage(work, "test", 2)
    await stage.put(0)
    await stage.put(3)
    work.gates[3].set()
    waiting = asyncio.ensure_future(stage.put(1) if next_call == "put" else stage.finish())
    await _turns()
    assert not waiting.done()
    work.gates[0].set()
    with pytest.raises(ValueError, match="three"):
        await waiting
    assert (work.begun, work.done) == ([0, 3], [0])


@pytest.mark.parametrize(("failing", "order"), [(None, [0, 1, 2]), (0, [1, 2])])
async def test_turns_are_taken_in_the_order_of_coming(failing: int | None, order: list[int]) -> None:
    """One that fails holds up nobody."""
    turns = Turns()
    gates = [asyncio.Event() for _ in range(3)]
    went: list[int] = []

    async def go(number: int) -> None:
        async with turns.taken() as turn:
            await gates[number].wait()
            if number == failing:
                raise ValueError
            await turn()
            went.append(number)

    going = [asyncio.ensure_future(go(number)) for number in range(3)]
    await _turns()
    for number in (2, 1, 0):
        gates[number].set()
        await _turns()
    await asyncio.gather(*going, return_exceptions=True)
    assert went == order
