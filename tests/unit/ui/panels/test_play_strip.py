from wqstudio.domain.scenario import Fault, FaultAction, Scenario
from wqstudio.engine.playing import Progress
from wqstudio.ui.panels.play_strip import told

_SCENARIO = Scenario("s", "S", "", (), (), (), seconds=30)


def test_it_says_how_far_it_is_and_what_is_done_next() -> None:
    crash = Fault(8, FaultAction.CRASH, "worker-1")
    assert told(_SCENARIO, Progress(5.2, crash, 1_200)) == [
        "5 s of 30\N{NARROW NO-BREAK SPACE}s",
        "in 3 s: Crash worker-1",
        "1,200 acknowledged",
    ]
    assert told(_SCENARIO, Progress(9.0, None, 3))[1:] == ["3 acknowledged"]


def test_before_it_has_begun_it_says_what_it_waits_for() -> None:
    assert told(_SCENARIO, None) == ["getting ready"]
    assert told(_SCENARIO, Progress(None, None, 0)) == ["making queues and getting everyone to work"]
