"""The scenario that the README shows."""

from pathlib import Path

import wqstudio
from wqstudio.scenarios.reading import read

README = Path(wqstudio.__file__).parents[1] / "README.md"


def test_the_scenario_in_the_readme_is_one() -> None:
    text = README.read_text(encoding="utf-8").partition("```toml\n")[2].partition("```")[0]
    scenario = read(text, "README.md", "readme")
    assert [setting.name for setting in scenario.settings] == ["round-robin", "fair"]
