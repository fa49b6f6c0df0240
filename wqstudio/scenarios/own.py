"""A person's own scenario files."""

from collections.abc import Iterator
from pathlib import Path

from platformdirs import user_data_path

from wqstudio.domain.scenario import Scenario


def own_folder() -> Path:
    """Need not be there."""
    return user_data_path("wqstudio") / "scenarios"


def own_scenarios() -> Iterator[tuple[Path, Scenario | Exception]]:
    """Each file with what it says, or with the ScenarioError that tells what is wrong with it."""
    from wqstudio.scenarios.problems import ScenarioError  # noqa: PLC0415 - the first picture comes without it
    from wqstudio.scenarios.reading import read_file  # noqa: PLC0415 - the same

    for file in sorted(own_folder().glob("*.toml")):
        try:
            yield file, read_file(file)
        except ScenarioError as error:
            yield file, error
