"""Names of queues of several virtual hosts, whatever the queues are called."""

import pytest

from wqstudio.brokers.rabbitmq.management.naming import Names, Place

OWN, OTHER, THIRD = Place("own", "jobs"), Place("other", "jobs"), Place("third", "jobs")


@pytest.fixture
def names() -> Names:
    return Names("own", all_vhosts=True)


async def test_own_queues_are_plain_and_others_have_their_virtual_host_before_them(names: Names) -> None:
    await names.learn([OWN, OTHER, THIRD])
    assert [names.shown(place) for place in (OWN, OTHER, THIRD)] == ["jobs", "other › jobs", "third › jobs"]
    assert [names.elsewhere(name) for name in ("jobs", "other › jobs", "none")] == [None, OTHER, None]


async def test_an_own_queue_that_is_called_like_another_is_shown_keeps_its_name(names: Names) -> None:
    literal = Place("own", "other › jobs")
    await names.learn([OTHER])
    assert names.place("other › jobs") == OTHER
    await names.learn([OTHER, literal])
    assert names.place("other › jobs") == names.place(names.shown(literal)) == literal
    assert names.shown(OTHER) == "other › jobs (in other)"
    assert names.place(names.shown(OTHER)) == OTHER
    assert names.elsewhere("other › jobs") == OTHER, "somebody may still mean that one"


@pytest.mark.parametrize("order", [1, -1])
async def test_two_that_would_be_shown_alike_are_told_apart_and_keep_their_names(names: Names, order: int) -> None:
    alike = [Place("a", "b › c"), Place("a › b", "c")]
    await names.learn(alike[:1])
    assert names.shown(alike[0]) == "a › b › c"
    await names.learn(alike[::order])
    assert names.shown(alike[0]) == "a › b › c"
    assert names.shown(alike[1]) == "a › b › c (in a › b)"
    assert all(names.place(names.shown(place)) == place for place in alike)


async def test_what_is_gone_frees_its_name(names: Names) -> None:
    await names.learn([OTHER])
    await names.learn([OWN])
    assert names.elsewhere("other › jobs") is None
    assert names.shown(OTHER) == "other › jobs", "dead letters may be sent to it all the same"


async def test_one_virtual_host_has_plain_names_only() -> None:
    names = Names("own", all_vhosts=False)
    await names.learn([OWN, OTHER])
    assert names.shown(OTHER) == "jobs"
    assert names.place("other › jobs") == Place("own", "other › jobs")
