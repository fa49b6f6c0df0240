from dataclasses import replace

from wqstudio.domain.connection import Product
from wqstudio.domain.queue import QueueSpec
from wqstudio.domain.scenario import Fault, FaultAction, Scenario, Setting
from wqstudio.domain.worker import AckMode, ProducerSpec
from wqstudio.scenarios import SCENARIOS
from wqstudio.ui.models import scenario_words as words
from wqstudio.ui.models.playable import Stage, obstacle

_ENDLESS = ProducerSpec("p", "q", "q.{n}")
_SCENARIO = Scenario("s", "S", "", (), (), (_ENDLESS,), seconds=12, drained=False)


def test_what_never_ends_by_itself_is_played_until_somebody_stops_it() -> None:
    assert words.length(_SCENARIO) == "endless"
    assert words.length(replace(_SCENARIO, drained=True)) == "12\N{NARROW NO-BREAK SPACE}s at most"
    counted = replace(_SCENARIO, producers=(replace(_ENDLESS, count=3),))
    assert words.length(counted) == "12\N{NARROW NO-BREAK SPACE}s"
    assert words.length(replace(counted, drained=True, takes=7.0)) == "about 7\N{NARROW NO-BREAK SPACE}s"
    slower = replace(counted, takes=4.0, takes_on=((Product.RABBITMQ, 12.0),))
    assert words.length(slower) == "about 4\N{NARROW NO-BREAK SPACE}s to 12\N{NARROW NO-BREAK SPACE}s"
    assert words.length(slower, Product.RABBITMQ) == "about 12\N{NARROW NO-BREAK SPACE}s"
    assert words.length(slower, Product.NATS) == "about 4\N{NARROW NO-BREAK SPACE}s"
    assert not words.open_ended(replace(_SCENARIO, faults=(Fault(1, FaultAction.CRASH, "w"),)))


def test_what_comes_with_the_studio_says_how_long_it_takes_and_not_how_long_it_may() -> None:
    lengths = {scenario.name: words.length(scenario) for scenario in SCENARIOS}
    assert lengths.pop("demo") == "endless"
    assert all(length.startswith("about ") for length in lengths.values())
    assert all(scenario.takes is None or scenario.takes < scenario.seconds * 4 for scenario in SCENARIOS)


def test_settings_and_faults_say_what_they_change() -> None:
    assert words.setting(Setting("a", prefetch=0, ack_mode=AckMode.ON_RECEIPT, durable=False)) == (
        "prefetch without limit, acknowledged on receipt, transient queues"
    )
    assert words.setting(Setting("a", count=3, target="slow", speeds=(1.0, 0.5))) == "3 slow, speeds ×1, ×0.5"
    assert words.setting(Setting("a", keeps=False)) == "says nothing while at work"
    assert words.setting(Setting("a")) == "as it is"
    assert words.fault(Fault(1, FaultAction.RESTART_BROKER)) == "Restart the broker"
    assert words.fault(Fault(1, FaultAction.CRASH, "w-1", product=Product.NATS)) == "Crash w-1 (on NATS)"


def test_what_cannot_be_played_here_says_why_and_where_it_could() -> None:
    own, strange = Stage(Product.NATS, own=True, read_only=False), Stage(Product.NATS, own=False, read_only=False)
    assert obstacle(_SCENARIO, own) is None
    rabbit = obstacle(replace(_SCENARIO, products=(Product.RABBITMQ,)), own)
    assert rabbit is not None
    assert (rabbit.why, rabbit.product) == ("This is a pattern of RabbitMQ, and connected is NATS.", Product.RABBITMQ)
    looking = obstacle(_SCENARIO, replace(own, read_only=True))
    assert looking is not None
    assert "read-only" in looking.why
    restarting = replace(_SCENARIO, faults=(Fault(1, FaultAction.RESTART_BROKER),))
    assert obstacle(restarting, own) is None
    blocked = obstacle(restarting, strange)
    assert blocked is not None
    assert "restarts the broker" in blocked.why


def test_what_has_no_end_goes_on_in_its_own_queues_and_in_no_others_of_their_names() -> None:
    demo = SCENARIOS[0]
    own = {queue.name: queue for queue in demo.queues}
    assert words.open_ended(demo)
    other = {"tasks": QueueSpec("tasks", ("tasks.*",))}
    assert words.removes_first(demo, own, own) == ""
    assert words.removes_first(demo, own | other, own | other) == (
        "First removes tasks, left by what was played before, with all messages in it."
    )
    of_another = own | {"jobs": QueueSpec("jobs", ("jobs.*.*",))}
    assert words.goes_first(demo, of_another) == list(of_another)
    assert words.removes_first(demo, of_another, {"jobs_dlq"}) == (
        "First removes jobs_dlq, left by what was played before, with all messages in it."
    )
    assert words.removes_first(replace(demo, drained=True), own, ["jobs", "jobs_dlq"]) == (
        "First removes jobs and jobs_dlq, left by what was played before, with all messages in them."
    )
