import pytest

from wqstudio.domain.scenario import Expectation
from wqstudio.engine.playing.judging import Verdict
from wqstudio.ui.models.outcome import headline


def _verdict(*, holds: bool) -> Verdict:
    return Verdict(Expectation("lost", equals=0), None, 0.0, "0", holds)  # type: ignore[arg-type]  # whose run is not asked


@pytest.mark.parametrize(
    ("held", "stopped", "said"),
    [
        ([True], False, "What was expected holds"),
        ([True, True], False, "Both expectations hold"),
        ([True] * 4, True, "All 4 expectations hold, though it was stopped early"),
        ([True, False, True], False, "1 of 3 expectations does not hold"),
        ([False, False], True, "2 of 2 expectations do not hold, though it was stopped early"),
    ],
)
def test_the_headline_says_whether_all_holds(held: list[bool], stopped: bool, said: str) -> None:
    assert headline([_verdict(holds=holds) for holds in held], stopped=stopped) == said
