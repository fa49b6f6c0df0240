"""What a person says of a queue counts more than what the broker tells, at once, and the next time, too."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.jetstream import JetStream
from tests.servers import NatsServer
from tests.waiting import until
from wqstudio.domain.events import Topic
from wqstudio.domain.reading import known
from wqstudio.engine.journal.journal import Journal, JournalError
from wqstudio.engine.journal.marked import CARRIES, Marked
from wqstudio.engine.journal.place import place_of
from wqstudio.engine.looks.dead_letters import journal_file
from wqstudio.engine.studio import Studio


@pytest.fixture
async def jetstream(jetstream: JetStream) -> JetStream:
    await jetstream.stream("failed")
    await jetstream.stream("real", metadata={"dead_letter_queue": "true"})
    return jetstream


@pytest.fixture
async def studio(nats_server: NatsServer, jetstream: JetStream) -> AsyncIterator[Studio]:
    del jetstream  # its streams are there before the studio looks
    studio = await Studio.open(nats_server.connection, worker_hosts=1)
    studio.monitor._interval = 60.0  # so that whatever shows at once does not wait for a beat
    yield studio
    await studio.close()


def _kept(studio: Studio) -> set[str]:
    snapshot = studio.monitor.snapshot
    queues = known(snapshot.queues, {}) if snapshot is not None else {}
    return {name for name, queue in queues.items() if queue.dead_letters}


async def test_a_mark_shows_at_once_and_can_be_taken_back(studio: Studio) -> None:
    await until(lambda: _kept(studio) == {"real"})
    await studio.marked.mark("failed", keeps=True)
    await studio.marked.mark("real", keeps=False)
    await until(lambda: _kept(studio) == {"failed"})
    assert (studio.marked.of("failed"), studio.marked.of("real"), studio.marked.of("other")) == (True, False, None)
    for queue in ("failed", "real"):
        await studio.marked.mark(queue, keeps=None)
    await until(lambda: _kept(studio) == {"real"})


async def test_what_comes_into_a_marked_queue_is_told_as_a_death(studio: Studio, jetstream: JetStream) -> None:
    await studio.marked.mark("failed", keeps=True)
    await until(lambda: "failed" in _kept(studio))
    studio.monitor._interval = 0.1
    await jetstream.publish("failed.a", b"body")
    studio.monitor.refresh()
    await until(lambda: any(each.topic is Topic.DEAD_LETTER and each.queue == "failed" for each in studio.events))


async def test_it_is_remembered_for_this_broker_alone(studio: Studio) -> None:
    await studio.marked.mark("failed", keeps=True)
    await studio.marked.mark("to_come", keeps=True)
    await until(lambda: _kept(studio) >= {"failed"})
    again = await Studio.open(studio.connection, worker_hosts=1)
    await until(lambda: _kept(again) == {"failed", "real"})
    assert again.monitor.snapshot is not None
    assert again.marked.missing(again.monitor.snapshot) == ("to_come",)
    await again.close()
    elsewhere = Marked(journal_file(), "NATS nats://elsewhere:4222")
    assert (await elsewhere.laid_over(again.monitor.snapshot)) is again.monitor.snapshot
    elsewhere.close()


async def test_what_a_look_has_seen_is_remembered_until_a_person_says_otherwise(studio: Studio) -> None:
    journal, place = Journal(journal_file()), place_of(studio.connection)
    for queue in ("failed", "gone", "real"):
        journal.note_deaths(place, queue, told=True)
    studio.monitor.refresh()
    await until(lambda: _kept(studio) == {"real", "failed"})
    snapshot = studio.monitor.snapshot
    assert snapshot is not None
    queues = known(snapshot.queues, {})
    assert {name: queue.told_by for name, queue in queues.items()} == {"failed": CARRIES, "real": ""}
    assert (studio.marked.of("failed"), studio.marked.missing(snapshot)) == (None, ())
    await studio.marked.mark("failed", keeps=False)
    journal.note_deaths(place, "failed", told=True)
    studio.monitor.refresh()
    await until(lambda: _kept(studio) == {"real"})
    journal.note_deaths(place, "gone", told=False)
    assert journal.marks(place) == {"failed": False, "real": True}
    journal.close()


async def test_what_is_called_like_dead_letters_may_keep_some(studio: Studio, jetstream: JetStream) -> None:
    """As soon as there is something in it, and nobody has said anything."""
    await jetstream.stream("orders")
    await jetstream.publish("orders.a", b"live")

    def likely() -> list[str]:
        snapshot = studio.monitor.snapshot
        return [queue.name for queue in studio.marked.likely(snapshot)] if snapshot is not None else []

    studio.monitor._interval = 0.1
    studio.monitor.refresh()
    await until(lambda: studio.monitor.snapshot is not None)
    assert likely() == []
    await jetstream.publish("failed.a", b"body")
    await until(lambda: likely() == ["failed"])
    await studio.marked.mark("failed", keeps=False)
    await until(lambda: likely() == [])


async def test_another_process_may_be_told(studio: Studio) -> None:
    other = Marked(journal_file(), place_of(studio.connection))
    await other.mark("failed", keeps=True)
    other.close()
    studio.monitor.refresh()
    await until(lambda: _kept(studio) == {"failed", "real"})


async def test_a_journal_that_cannot_be_used_hides_no_snapshot(studio: Studio, tmp_path: Path) -> None:
    await until(lambda: studio.monitor.snapshot)
    assert studio.monitor.snapshot is not None
    broken = tmp_path / "journal.sqlite"
    broken.write_text("no journal at all, and long enough to be read as one " * 40)
    marked = Marked(broken, "here")
    assert (await marked.laid_over(studio.monitor.snapshot)) is studio.monitor.snapshot
    with pytest.raises(JournalError):
        await marked.mark("failed", keeps=True)
    marked.close()
