"""The scenarios that come with the studio, read from their files when somebody first looks."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import overload

from wqstudio.domain.scenario import Scenario


class Shelf(Sequence[Scenario]):
    """All of a folder, those named ``first`` before the others, which come by topic and name.

    Reading takes libraries that the window's first picture can do without.
    """

    def __init__(self, folder: Path, first: Sequence[str] = ()) -> None:
        self._folder = folder
        self._first = first

    @overload
    def __getitem__(self, index: int) -> Scenario: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Scenario]: ...
    def __getitem__(self, index: int | slice) -> Scenario | Sequence[Scenario]:
        return self._all[index]

    def __len__(self) -> int:
        return len(self._all)

    def named(self, name: str) -> Scenario | None:
        return next((scenario for scenario in self._all if scenario.name == name), None)

    @cached_property
    def _all(self) -> tuple[Scenario, ...]:
        from wqstudio.scenarios.problems import ScenarioError  # noqa: PLC0415 - see the class
        from wqstudio.scenarios.reading import read_file  # noqa: PLC0415 - the same

        found: dict[str, tuple[Path, Scenario]] = {}
        for file in sorted(self._folder.glob("*.toml")):
            scenario = read_file(file)
            if scenario.name in found:
                raise ScenarioError(f"{file}: {found[scenario.name][0]} has a scenario {scenario.name} already")
            found[scenario.name] = (file, scenario)
        return tuple(sorted((scenario for _, scenario in found.values()), key=self._place))

    def _place(self, scenario: Scenario) -> tuple[int, str, str]:
        first = self._first.index(scenario.name) if scenario.name in self._first else len(self._first)
        return (first, scenario.topic, scenario.name)
