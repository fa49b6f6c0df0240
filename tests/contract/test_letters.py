"""What whoever looks at dead letters or moves them may rely on, whichever broker it is."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.contract.graveyards import DEAD, WORK, Graveyard
from wqstudio.brokers.factory import open_letters, open_outlet
from wqstudio.brokers.letters import PAGE_BYTES, Copy, Held, Letters, Outlet
from wqstudio.brokers.port import RefusedError, UnreachableError
from wqstudio.domain.letter import Destination, Edit, Fate
from wqstudio.domain.reading import Unknown

BODIES = [b'{"order": %d}' % number for number in range(25)]
NOWHERE = Destination("nowhere", "nowhere.at.all")


@pytest.fixture
async def letters(graveyard: Graveyard) -> AsyncIterator[Letters]:
    """Opened when ``BODIES`` have died."""
    await graveyard.bury(BODIES, {"Customer": "c1"})
    letters = await open_letters(graveyard.connection, DEAD)
    yield letters
    await letters.close()


@pytest.fixture
async def outlet(graveyard: Graveyard) -> AsyncIterator[Outlet]:
    outlet = await open_outlet(graveyard.connection)
    yield outlet
    await outlet.close()


async def _all(letters: Letters, size: int = 10) -> list[Held]:
    return [held async for batch in letters.batches(size) for held in batch]


async def test_letters_are_read_at_any_position_in_their_order(letters: Letters) -> None:
    assert letters.count == len(BODIES)
    for first in (0, 7, 20, 24, 25):
        assert [held.body for held in await letters.page(first, 5)] == BODIES[first : first + 5]
    read = letters.read((await letters.page(3, 1))[0])
    assert (read.queue, read.body, read.size, read.problem) == (DEAD, BODIES[3], len(BODIES[3]), "")
    assert ("Customer", "c1") in [(header.name, header.value) for header in read.headers]


async def test_a_page_of_large_ones_is_cut_short_and_can_be_gone_on_with(graveyard: Graveyard) -> None:
    large = [bytes([number]) * 1_000_000 for number in range(80)]
    await graveyard.lay(large)
    letters = await open_letters(graveyard.connection, DEAD)
    pages: list[list[bytes]] = []
    while page := await letters.page(sum(map(len, pages)), 500):
        pages.append([held.body for held in page])
    await letters.close()
    assert [len(page) for page in pages] == [68, 12]
    assert 67 * 1_000_000 < PAGE_BYTES <= 68 * 1_000_000
    assert [body for page in pages for body in page] == large


async def test_looking_leaves_them_where_they_are(graveyard: Graveyard, letters: Letters) -> None:
    await letters.page(0, 10)
    assert [held.body for held in await _all(letters)] == BODIES
    await letters.close()
    assert await graveyard.bodies(DEAD) == BODIES


async def test_home_is_where_they_came_from(graveyard: Graveyard, letters: Letters, outlet: Outlet) -> None:
    await letters.check_removable()
    async for batch in letters.batches(10):
        assert {letters.home(letters.read(held)) for held in batch} == {graveyard.home}
        outcomes = await outlet.put([Copy(held, graveyard.home, f"m{held.id}") for held in batch])
        assert [outcome.fate for outcome in outcomes] == [Fate.STORED] * len(batch)
        await letters.remove(batch)
    assert await graveyard.bodies(WORK) == BODIES
    await letters.close()
    assert await graveyard.bodies(DEAD) == []


async def test_what_is_removed_can_be_removed_again(graveyard: Graveyard, letters: Letters) -> None:
    held = await _all(letters)
    await letters.remove(held[:5])
    await letters.remove(held[:7])
    await letters.remove([])
    await letters.close()
    assert await graveyard.bodies(DEAD) == BODIES[7:]


async def test_those_that_are_chosen_and_no_others(letters: Letters) -> None:
    chosen = {held.id for held in await letters.page(0, len(BODIES)) if held.body in BODIES[5:9]}
    assert [held.body async for batch in letters.batches(3, chosen) for held in batch] == BODIES[5:9]


async def test_fingerprints_last(graveyard: Graveyard, letters: Letters) -> None:
    first = [letters.fingerprint(held) for held in await _all(letters)]
    await letters.close()
    again = await open_letters(graveyard.connection, DEAD)
    assert [again.fingerprint(held) for held in await _all(again)] == first
    assert len(set(first)) == len(BODIES)
    assert all(len(each) <= 16 for each in first)
    await again.close()


async def test_one_refusal_keeps_the_others_from_nothing(
    graveyard: Graveyard, letters: Letters, outlet: Outlet
) -> None:
    first, second, third, *_ = await _all(letters)
    copies = [Copy(first, graveyard.home, "m1"), Copy(second, NOWHERE, "m2"), Copy(third, graveyard.home, "m3")]
    outcomes = await outlet.put(copies)
    assert [outcome.fate for outcome in outcomes] == [Fate.STORED, Fate.REFUSED, Fate.STORED]
    assert outcomes[1].reason
    assert await graveyard.bodies(WORK) == [BODIES[0], BODIES[2]]


async def test_an_edit_takes_the_place_of_what_came(graveyard: Graveyard, letters: Letters, outlet: Outlet) -> None:
    (held,) = await letters.page(0, 1)
    copy = Copy(held, graveyard.home, "m1", Edit(body=b"mended"))
    assert [outcome.fate for outcome in await outlet.put([copy])] == [Fate.STORED]
    assert await graveyard.bodies(WORK) == [b"mended"]


async def test_the_preview_tells_of_the_mark(graveyard: Graveyard, letters: Letters, outlet: Outlet) -> None:
    (held,) = await letters.page(0, 1)
    rewriting = outlet.rewriting(Copy(held, graveyard.home, "m1"))
    assert ("Wqs-Requeued", "m1") in rewriting.added
    assert "Customer" in rewriting.kept


async def test_nothing_is_there_to_be_looked_at(graveyard: Graveyard) -> None:
    with pytest.raises(RefusedError):
        await open_letters(graveyard.connection, "no_such_queue")
    letters = await open_letters(graveyard.connection, DEAD)
    assert letters.count == 0
    assert list(await letters.page(0, 10)) == []
    assert await _all(letters) == []
    await letters.close()


@pytest.mark.parametrize("graveyard", ["nats", "rabbitmq classic"], indirect=True)  # the connection is the same
async def test_a_lost_connection_is_said(graveyard: Graveyard, letters: Letters, outlet: Outlet) -> None:
    (held,) = await letters.page(0, 1)
    home = letters.home(letters.read(held))
    assert not isinstance(home, Unknown)
    await asyncio.to_thread(graveyard.kill)
    with pytest.raises(UnreachableError):
        await letters.remove([held])
    with pytest.raises(UnreachableError):
        await outlet.put([Copy(held, home, "m1")])
