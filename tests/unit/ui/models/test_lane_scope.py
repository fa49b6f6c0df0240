from wqstudio.domain.dispatch_lane import Lane
from wqstudio.domain.queue import Source
from wqstudio.ui.models.lane_scope import belonging, told
from wqstudio.ui.scope import Scope


def _lanes(*named: tuple[str, tuple[Source, ...]]) -> list[Lane]:
    return [Lane(number, name, 1.0, 0.0, None, (), sources) for number, (name, sources) in enumerate(named, 1)]


def _names(lanes: list[Lane], scope: Scope) -> list[str]:
    return [lane.name for lane in belonging(lanes, scope)]


def test_on_nats_workers_belong_to_a_stream_and_to_the_consumers_they_pull_through() -> None:
    high, low = Source("high", "all"), Source("low", "all")
    lanes = _lanes(("first", (high,)), ("both", (high, low)), ("other", (Source("low", "few"),)))
    assert _names(lanes, Scope()) == ["first", "both", "other"]
    assert _names(lanes, Scope("high")) == ["first", "both"]
    assert _names(lanes, Scope("low")) == ["both", "other"]
    assert _names(lanes, Scope("low", "all")) == ["both"]
    assert _names(lanes, Scope("dead")) == []


def test_on_rabbitmq_a_consumer_is_a_worker() -> None:
    jobs = (Source("jobs"),)
    lanes = _lanes(("slow", jobs), ("slow-2", jobs), ("fast", jobs))
    assert _names(lanes, Scope("jobs", "slow.1f2e")) == ["slow"]
    assert _names(lanes, Scope("jobs", "slow-2.1f2e")) == ["slow-2"]
    assert _names(lanes, Scope("jobs", "fast.ef28-2")) == ["fast"]  # its second one, after its prefetch was raised
    assert _names(lanes, Scope("jobs", "fast.ef28 (127.0.0.1:1 (1))")) == ["fast"]
    assert _names(lanes, Scope("other", "fast.ef28")) == []
    assert _names(lanes, Scope("jobs", "stranger")) == []


def test_what_is_to_be_seen_is_said() -> None:
    lanes = _lanes(("one", (Source("jobs", "all"),)), ("two", (Source("jobs", "all"),)))
    assert told(lanes, Scope("jobs")) == "all workers  ·  figures: the whole run"
    assert told(lanes, Scope("jobs", "all")) == (
        "all workers  ·  the line below: all of jobs  ·  figures: the whole run"
    )
    assert told(lanes, Scope("dead")).startswith("no worker takes from here")
