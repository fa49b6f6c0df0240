"""What is foreseen of a node's maximum size of a message, which no API tells."""

from wqstudio.brokers.rabbitmq.letters.room import perhaps_too_large

MIB = 2**20


def test_what_is_larger_than_a_node_takes_by_default_is_warned_of_and_not_counted_as_staying() -> None:
    sizes = [1_000, 16 * MIB, 17 * MIB, 129 * MIB]
    assert perhaps_too_large(sizes[:2], (4, 0, 5)) is None
    assert perhaps_too_large(sizes[:3], (3, 13, 7)) is None
    told = perhaps_too_large(sizes, (4, 0, 5)), perhaps_too_large(sizes, (3, 10, 8))
    assert [each.sentence.partition(", ")[0] for each in told if each is not None] == [
        "2 of these are larger than 16 MiB",
        "1 of these is larger than 128 MiB",
    ]
    assert all(each is not None and each.staying == 0 and "max_message_size" in each.sentence for each in told)
