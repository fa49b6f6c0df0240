"""The port's second half: what is raised where letters are removed in several steps."""

import pytest

from wqstudio.brokers.letters import NotAskedError, after_asking
from wqstudio.brokers.port import UnreachableError


@pytest.mark.parametrize(("asked", "raised"), [(False, NotAskedError), (True, UnreachableError)])
def test_a_later_step_that_is_not_begun_does_not_undo_an_earlier_one(
    asked: bool, raised: type[UnreachableError]
) -> None:
    with pytest.raises(UnreachableError, match="it went") as caught, after_asking(asked):
        raise NotAskedError("it went")
    assert caught.type is raised
