from dataclasses import replace

from wqstudio.domain.scenario import Fault, FaultAction, Scenario, Setting
from wqstudio.domain.worker import ProducerSpec
from wqstudio.engine.playing.performing import Progress
from wqstudio.ui.panels.play_strip import done, told

_SCENARIO = Scenario("s", "S", "", (), (), (), seconds=30)


def test_it_says_how_far_it_is_and_what_is_done_next() -> None:
    crash = Fault(8, FaultAction.CRASH, "worker-1")
    assert told(_SCENARIO, Progress(5.2, crash, 1_200)) == [
        "5 s of 30\N{NARROW NO-BREAK SPACE}s at most",
        "in 3 s: Crash worker-1",
        "1,200 acknowledged",
    ]
    assert told(_SCENARIO, Progress(9.0, None, 3))[1:] == ["3 acknowledged"]
    full = Fault(8, FaultAction.START, "late", when_full=True)
    assert told(_SCENARIO, Progress(5.2, full, 0))[1] == "in 3 s: Start late once its queue is full"
    assert told(_SCENARIO, Progress(9.0, full, 0))[1] == "next: Start late once its queue is full"


def test_it_says_how_long_it_usually_takes_until_it_takes_longer() -> None:
    known = replace(_SCENARIO, takes=8.0)
    first, later = (told(known, Progress(seconds, None, 3))[0] for seconds in (5.2, 9.0))
    assert first.replace("\N{NARROW NO-BREAK SPACE}", " ") == "5 s of about 8 s"
    assert later.replace("\N{NARROW NO-BREAK SPACE}", " ") == "9 s of 30 s at most"
    several = replace(known, settings=(Setting("a"), Setting("b")))  # which take it together
    assert told(several, Progress(5.2, None, 3))[0].endswith("at most")


def test_before_it_has_begun_it_says_what_it_waits_for() -> None:
    assert told(_SCENARIO, None) == ["getting ready"]
    assert told(_SCENARIO, Progress(None, None, 0)) == ["making queues and getting everyone to work"]


def test_it_is_as_far_as_the_work_is_where_that_ends_it() -> None:
    producer = ProducerSpec("p", "q", "q.{n}", count=40)
    drained = replace(_SCENARIO, seconds=30.0, producers=(producer,), drained=True)
    assert done(drained, Progress(3.0, None, 30)) == 0.75
    assert done(drained, Progress(3.0, None, 50)) == 1.0
    assert done(replace(drained, drained=False), Progress(3.0, None, 30)) == 0.1
    assert done(replace(drained, producers=(producer, replace(producer, count=None))), Progress(3.0, None, 30)) == 0.1
    assert told(drained, Progress(3.0, None, 30))[0].replace("\N{NARROW NO-BREAK SPACE}", " ") == "3 s of 30 s at most"
