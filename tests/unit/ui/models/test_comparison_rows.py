import csv
import io
from dataclasses import replace

from tests.unit.engine.recordings import made_up, row, task
from wqstudio.domain.dispatch import Figures
from wqstudio.domain.ledger import Account
from wqstudio.domain.reading import Unknown
from wqstudio.engine.figures.rows import Measured
from wqstudio.ui.models.comparison_rows import Table, as_csv, table


def _hoarding() -> Measured:
    """Two tasks of a second, both with the first worker, while the second has nothing to do."""
    rows = [row(1, task(n), (0.0, float(n), n + 1.0)) for n in (0, 1)]
    return Measured(made_up(rows, ("one", "two"), published=2).figures)


def _sharing() -> Measured:
    rows = [row(1 + n, task(n), (0.0, 0.0, 1.0)) for n in (0, 1)]
    return Measured(made_up(rows, ("one", "two"), published=2).figures)


def _losing(lost: int) -> Measured:
    account = Account("run", 9, 7 - lost, 1, 1, lost, 0, acknowledgements=7 - lost, foreign=0)
    return replace(_sharing(), account=account)


def _words(made: Table, name: str) -> list[str]:
    (found,) = (each for each in made.rows if each.name == name)
    return [cell.words.replace("\N{NARROW NO-BREAK SPACE}", " ") for cell in found.cells]


def test_each_run_stands_to_the_first_with_sign_and_word() -> None:
    made = table([("No limit", _hoarding()), ("Prefetch 1", _sharing()), ("Again", _hoarding())])
    assert made.titles == ("No limit", "Prefetch 1", "Again")
    assert _words(made, "Makespan") == ["2.00 s", "1.00 s  −1.00 s (×0.50), better", "2.00 s  the same"]
    assert _words(made, "Fairness, Jain's index") == ["0.50", "1.00  +0.50, better", "0.50  the same"]
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
    figures = _sharing().figures
    assert isinstance(figures, Figures)
    made = table([("No limit", _hoarding()), ("Prefetch 1", Measured(replace(figures, finished=False)))])
    assert _words(made, "Makespan") == ["2.00 s", "–"]
    assert _words(made, "Efficiency") == ["50.0 %", "–"]
    assert _words(made, "Throughput") == ["1.00/s", "2.00/s  +1.00/s (×2.00), did not do all: not compared"]
    assert _words(made, "Held before begun, in all")[1] == "0 s  −1.00 s, did not do all: not compared"
    verdicts = {row.name: row.cells[1].verdict for row in made.rows}
    percentiles = [f"{name}, {rank}" for name in ("Waiting", "Held before begun") for rank in ("p50", "p90", "p99")]
    flattered = [*percentiles, "Held before begun, in all", "Idle while work was waiting", "Redeliveries", "Duplicates"]
    assert {verdicts[name] for name in (*flattered, "two: idle while work was waiting")} == {""}


def test_what_was_lost_makes_no_run_better_by_what_it_was_spared() -> None:
    figures = _sharing().figures
    assert isinstance(figures, Figures)
    spared = Measured(replace(figures, finished=False))
    again = Measured(replace(figures, redeliveries=4, duplicates=2))
    for name, words in (
        ("Redeliveries", "0  −4, did not do all: not compared"),
        ("Duplicates", "0  −2, did not do all: not compared"),
    ):
        assert _words(table([("All", again), ("Lost", spared)]), name)[1] == words
        assert _words(table([("All", again), ("Kept", _sharing())]), name)[1].endswith("better")


def test_a_run_that_lost_tasks_says_how_many_where_fairness_would_mislead() -> None:
    """It is the same whichever of the two was played first."""
    losing = _losing(3)
    assert isinstance(losing.figures, Figures)
    losing = replace(losing, figures=replace(losing.figures, finished=False))
    row = "Fairness, Jain's index"
    assert _words(table([("All", _hoarding()), ("Lost", losing)]), row)[1] == "1.00  +0.50, lost 3: not compared"
    assert _words(table([("Lost", losing), ("All", _hoarding())]), row)[1] == (
        "0.50  −0.50, the first lost 3: not compared"
    )
    assert _words(table([("Lost", losing), ("Again", losing)]), row)[1] == "1.00  the same"


def test_a_run_whose_broker_was_away_by_accident_has_a_row_for_it_and_no_verdict() -> None:
    figures = _hoarding().figures
    assert isinstance(figures, Figures)
    unlucky = Measured(replace(figures, away=0.75, away_by_accident=0.5))
    made = table([("Unlucky", unlucky), ("Lucky", _sharing())])
    assert _words(made, "Broker away") == ["750 ms", "0 s  −750 ms"]
    assert _words(made, "Makespan")[1] == "1.00 s  −1.00 s (×0.50), the first had no broker for 500 ms: not compared"
    assert all(row.name != "Broker away" for row in table([("A", _hoarding()), ("B", _sharing())]).rows)


def test_every_figure_is_defined() -> None:
    assert all(each.definition for each in table([("A", _hoarding())]).rows)


def test_what_became_of_the_tasks_is_told_and_losing_some_is_worse() -> None:
    made = table([("Durable", _losing(0)), ("Transient", _losing(2)), ("Again", _losing(0))])
    assert _words(made, "Tasks lost") == ["0", "2  +2, worse", "0  the same"]
    assert _words(made, "Tasks published")[0] == "9"
    assert _words(made, "Tasks still stored")[0] == _words(made, "Tasks rejected for good")[0] == "1"
    assert _words(table([("No account", _sharing()), ("B", _losing(1))]), "Tasks lost") == ["–", "1"]
    names = [each.name for each in made.rows]
    assert len(set(names)) == len(names)
    assert {"Redeliveries", "Duplicates", "Idle while work was waiting", "Waiting, p99", "Service, p99"} <= {*names}


def test_a_run_of_which_no_figures_are_known_has_dashes_and_what_became_of_its_tasks() -> None:
    runs = [("A", _hoarding()), ("B", replace(_losing(3), figures=Unknown("nothing was done")))]
    assert _words(table(runs), "Makespan") == ["2.00 s", "–"]
    head, *rows = csv.reader(io.StringIO(as_csv(runs)))
    assert head == ["figure", "unit", "of", "A", "B", "definition"]
    found = {(name, of): (first, second) for name, _, of, first, second, _ in rows}
    assert found["Makespan", ""] == ("2", "")
    assert found["Tasks lost", ""] == ("", "3")
    assert found["Busy", "one"] == ("2", "")


def test_as_text_there_is_a_line_a_figure() -> None:
    lines = table([("A", _hoarding()), ("B", _sharing())]).as_text().splitlines()
    assert lines[0] == "Figure\tA\tB"
    assert all(line.count("\t") == 2 for line in lines)
