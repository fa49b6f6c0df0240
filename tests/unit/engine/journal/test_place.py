import pytest

from wqstudio.domain.connection import RabbitConnection
from wqstudio.engine.journal.place import Place, leads_to, place_of


def _place(url: str, vhost: str, known_as: str = "shop") -> Place:
    return place_of(RabbitConnection((url,), vhost=vhost, known_as=known_as))


@pytest.mark.parametrize(
    ("other", "leads"),
    [
        (_place("amqp://two:5672", "jobs"), True),
        (_place("amqp://two:5672", "old jobs"), False),
        (_place("amqp://two:5672", "jobs", "old shop"), False),
    ],
)
def test_of_a_cluster_a_place_is_known_by_the_address_of_each_node(other: Place, leads: bool) -> None:
    here = _place("amqp://one:5672", "jobs")
    assert (leads_to(here, other), leads_to(other, here)) == (leads, leads)
