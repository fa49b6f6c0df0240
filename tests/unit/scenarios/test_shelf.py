from pathlib import Path

import pytest

from wqstudio.scenarios.problems import ScenarioError
from wqstudio.scenarios.shelf import Shelf

TEXT = """
topic = "{topic}"
[[queues]]
name = "q"
[[workers]]
"""


def _put(folder: Path, name: str, topic: str, more: str = "") -> None:
    (folder / f"{name}.toml").write_text(more + TEXT.format(topic=topic))


def test_scenarios_come_by_topic_and_name_those_named_first_before(tmp_path: Path) -> None:
    for name, topic in (("c", "one"), ("a", "two"), ("b", "one"), ("z", "two")):
        _put(tmp_path, name, topic)
    shelf = Shelf(tmp_path, first=("z",))
    assert [scenario.name for scenario in shelf] == ["z", "b", "c", "a"]
    assert (len(shelf), shelf[0].name, [each.name for each in shelf[2:]]) == (4, "z", ["c", "a"])
    found = shelf.named("a")
    assert found is not None
    assert found.topic == "two"
    assert shelf.named("nobody") is None


def test_two_scenarios_of_one_name_are_refused(tmp_path: Path) -> None:
    _put(tmp_path, "a", "one")
    _put(tmp_path, "b", "one", 'name = "a"\n')
    with pytest.raises(ScenarioError, match=r"b\.toml: .*a\.toml has a scenario a already"):
        len(Shelf(tmp_path))
