"""What a person does in the window, saved as a scenario and opened again."""

from dataclasses import replace
from pathlib import Path

from PySide6.QtWidgets import QCheckBox, QLabel, QLineEdit, QPushButton

from tests.servers import NatsServer
from tests.ui.scenario_texts import SHORT
from tests.ui.windows import child, window_on
from tests.waiting import until
from wqstudio.domain.commands import EnsureQueue, StartProducer, StartWorker
from wqstudio.domain.queue import Source
from wqstudio.domain.scenario import FaultAction, Scenario
from wqstudio.domain.worker import Phase, ProducerSpec, WorkerSpec
from wqstudio.engine.playing.player import Player
from wqstudio.scenarios.reading import read, read_file
from wqstudio.ui.main_window import MainWindow
from wqstudio.ui.panels.save_scenario import SaveScenarioSheet, file_name
from wqstudio.ui.theme import Theme


def _ask(window: MainWindow) -> SaveScenarioSheet:
    window.actions_by_name["saveScenario"].trigger()
    return child(window, SaveScenarioSheet, "saveScenario")


async def test_what_was_done_by_hand_is_saved_and_opened_again(
    nats_server: NatsServer, theme: Theme, tmp_path: Path
) -> None:
    async with window_on(nats_server.connection, theme, tmp_path, own=True) as window:
        studio = window.studio
        assert studio is not None
        window.actions_by_name["saveScenario"].trigger()
        assert "nothing to save yet" in child(window, QLabel, "trouble").text()
        await studio.play(read(SHORT.replace("messages = 12", "messages = 5000"), "mine", "mine"))
        await studio.at_work()
        first, second = studio.fleet.workers
        await studio.fleet.set_speed(first, 0.5)
        await studio.fleet.crash(second)
        await until(lambda: studio.fleet.workers[second].phase is Phase.CRASHED)

        sheet = _ask(window)
        assert "crash worker-2" in child(sheet, QCheckBox, "saveScenarioFaults").text()
        title = child(sheet, QLineEdit, "saveScenarioTitle")
        title.setText("One slows down, one crashes")
        title.textEdited.emit(title.text())
        file = tmp_path / "scenarios" / "one-slows-down-one-crashes.toml"
        assert child(sheet, QLineEdit, "saveScenarioFile").text() == str(file)
        child(sheet, QPushButton, "saveScenarioGo").click()
        saved = read_file(file)
        assert saved.summary.startswith("2 workers share the work of shared")
        assert [(each.figure, each.equals) for each in saved.expectations][:2] == [("balanced", 1), ("lost", 0)]
        assert [queue.name for queue in saved.queues] == ["shared"]
        assert [(worker.name, worker.speed) for worker in saved.workers] == [("worker-1", 1.0), ("worker-2", 1.0)]
        assert [(fault.action, fault.target) for fault in saved.faults] == [
            (FaultAction.SPEED, "worker-1"),
            (FaultAction.CRASH, "worker-2"),
        ]
        assert [(producer.count, producer.rate) for producer in saved.producers] == [(5000, 10.0)]
        assert child(window, QLabel, "scenarioTitle").text() == "One slows down, one crashes"
        assert [book.title for book in window.scenarios.library.own] == ["One slows down, one crashes"]

        sheet = _ask(window)
        child(sheet, QLineEdit, "saveScenarioFile").setText(str(file))
        child(sheet, QPushButton, "saveScenarioGo").click()
        assert "is not overwritten" in child(sheet, QLabel, "saveScenarioMessage").text()
        child(sheet, QCheckBox, "saveScenarioFaults").setChecked(False)
        now = tmp_path / "elsewhere" / "now.toml"
        child(sheet, QLineEdit, "saveScenarioFile").setText(str(now))
        child(sheet, QPushButton, "saveScenarioGo").click()
        saved = read_file(now)
        assert [(worker.name, worker.speed) for worker in saved.workers] == [("worker-1", 0.5)]
        assert not saved.faults


async def test_a_producer_that_has_sent_all_is_saved_with_what_it_filled(
    nats_server: NatsServer, theme: Theme, tmp_path: Path
) -> None:
    async with window_on(nats_server.connection, theme, tmp_path, own=True) as window:
        studio = window.studio
        assert studio is not None
        window.actions_by_name["saveScenario"].trigger()
        trouble = child(window, QLabel, "trouble")
        assert trouble.isVisible()
        scenario = read(SHORT.replace("rate = 10", "rate = 0"), "mine", "mine")
        await studio.executor.run(EnsureQueue(scenario.queues[0]))
        await studio.executor.run(StartProducer(scenario.producers[0]))
        await until(lambda: all(one.phase is Phase.STOPPED for one in studio.fleet.producers.values()))
        await studio.executor.run(StartWorker(scenario.workers[0]))
        await studio.at_work()
        sheet, file = _ask(window), tmp_path / "filled.toml"
        assert not trouble.isVisible()
        child(sheet, QLineEdit, "saveScenarioFile").setText(str(file))
        child(sheet, QPushButton, "saveScenarioGo").click()
        saved = read_file(file)
        assert [(producer.count, producer.rate) for producer in saved.producers] == [(12, 0.0)]
        assert [worker.name for worker in saved.workers] == ["worker-1"]
        assert "{  }" not in file.read_text(encoding="utf-8")


async def test_who_came_later_comes_later_when_it_is_played(
    nats_server: NatsServer, theme: Theme, tmp_path: Path
) -> None:
    async with window_on(nats_server.connection, theme, tmp_path, own=True) as window:
        studio = window.studio
        assert studio is not None
        await studio.play(read(SHORT.replace("messages = 12", "messages = 60"), "mine", "mine"))
        await until(lambda: sum(worker.acked for worker in studio.fleet.workers.values()) >= 12)  # 10 come a second
        late = WorkerSpec("late", Source("shared", "workers"), service_time=0.02)
        await studio.executor.run(StartWorker(late))
        await studio.at_work()
        sheet, file = _ask(window), tmp_path / "later.toml"
        assert "start late" in child(sheet, QCheckBox, "saveScenarioFaults").text()
        child(sheet, QLineEdit, "saveScenarioFile").setText(str(file))
        child(sheet, QPushButton, "saveScenarioGo").click()
        await studio.fleet.stop_all()
        (came,) = (saved := read_file(file)).faults
        assert (came.action, came.target) == (FaultAction.START, "late")
        assert came.at >= 1.0
        run = await Player(studio).play(replace(saved, faults=(replace(came, at=0.5),), producers=_few(saved)))
        began = {lane.name: lane.began - run.evidence.began for lane in run.evidence.lanes}
        assert began["worker-1"] < began["worker-2"] < 0.1
        assert began["late"] > 0.5
        assert run.evidence.part("late").settled.size


def _few(scenario: Scenario) -> tuple[ProducerSpec, ...]:
    return tuple(replace(producer, count=20, rate=20.0) for producer in scenario.producers)


def test_files_are_named_after_the_title() -> None:
    assert file_name("One slows down, one crashes!") == "one-slows-down-one-crashes"
    assert file_name("…") == ""
    assert file_name("Übung: drei Läufer") == "ubung-drei-laufer"
