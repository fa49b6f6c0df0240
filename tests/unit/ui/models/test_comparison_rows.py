import csv
import io
from dataclasses import replace

from tests.unit.engine.recordings import made_up, row, task
from wqstudio.domain.dispatch import Figures
from wqstudio.domain.reading import Reading, Unknown
from wqstudio.ui.models.comparison_rows import Table, as_csv, table


def _hoarding() -> Reading[Figures]:
    """Two tasks of a second, both with the first worker, while the second has nothing to do."""
    return made_up([row(1, task(n), (0.0, float(n), n + 1.0)) for n in (0, 1)], ("one", "two"), published=2).figures


def _sharing() -> Reading[Figures]:
    return made_up([row(1 + n, task(n), (0.0, 0.0, 1.0)) for n in (0, 1)], ("one", "two"), published=2).figures


def _words(made: Table, name: str) -> list[str]:
    (found,) = (each for each in made.rows if each.name == name)
    return [cell.words.replace("\N{NARROW NO-BREAK SPACE}", " ") for cell in found.cells]


def test_each_run_stands_to_the_first_with_sign_and_word() -> None:
    made = table([("No limit", _hoarding()), ("Prefetch 1", _sharing()), ("Again", _hoarding())])
    assert made.titles == ("No limit", "Prefetch 1", "Again")
    assert _words(made, "Makespan") == ["2.00 s", "1.00 s  −1.00 s (×0.50), better", "2.00 s  the same"]
    assert _words(made, "Fairness") == ["0.50", "1.00  +0.50, better", "0.50  the same"]
    assert _words(made, "two: idle while work was waiting")[:2] == ["100.0 %", "0.0 %  −100.0 points, better"]
    assert _words(made, "one: tasks acknowledged")[1] == "1  −1 (×0.50)"  # neither better nor worse


def test_where_there_is_little_room_a_difference_is_told_without_its_ratio() -> None:
    made = table([("No limit", _hoarding()), ("Prefetch 1", _sharing()), ("Again", _hoarding())])
    makespan = next(row for row in made.rows if row.name == "Makespan")
    assert [cell.brief.replace("\N{NARROW NO-BREAK SPACE}", " ") for cell in makespan.cells] == [
        "",
        "−1.00 s",
        "the same",
    ]


def test_what_is_worse_is_called_so() -> None:
    made = table([("Prefetch 1", _sharing()), ("No limit", _hoarding())])
    assert _words(made, "Makespan")[1] == "2.00 s  +1.00 s (×2.00), worse"


def test_a_run_that_was_not_done_is_not_better() -> None:
    sharing = _sharing()
    assert isinstance(sharing, Figures)
    made = table([("No limit", _hoarding()), ("Prefetch 1", replace(sharing, finished=False))])
    assert _words(made, "Makespan") == ["2.00 s", "–"]
    assert _words(made, "Efficiency") == ["50.0 %", "–"]
    assert _words(made, "Throughput") == ["1.00/s", "2.00/s  +1.00/s (×2.00)"]
    verdicts = {row.name: row.cells[1].verdict for row in made.rows}
    assert {verdicts[f"Waiting, {rank}"] for rank in ("p50", "p90", "p99")} == {""}
    assert verdicts["Held before begun, in all"] == "better"  # of each delivery there was


def test_every_figure_is_defined() -> None:
    assert all(each.definition for each in table([("A", _hoarding())]).rows)


def test_a_run_of_which_nothing_is_known_has_dashes_and_no_column_in_a_file() -> None:
    runs = [("A", _hoarding()), ("B", Unknown("nothing was done"))]
    assert _words(table(runs), "Makespan") == ["2.00 s", "–"]
    head, *_ = csv.reader(io.StringIO(as_csv(runs)))
    assert head == ["figure", "unit", "of", "A", "definition"]


def test_as_text_there_is_a_line_a_figure() -> None:
    lines = table([("A", _hoarding()), ("B", _sharing())]).as_text().splitlines()
    assert lines[0] == "Figure\tA\tB"
    assert all(line.count("\t") == 2 for line in lines)
