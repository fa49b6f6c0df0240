"""What a person is told who starts the program, and has not connected to anything yet."""

import time
from contextlib import closing
from pathlib import Path

from tests.ui.hands import person_before
from wqstudio.engine.journal.journal import Journal, Lift

POLICY = "wqstudio-checkout-0123456789ab"


async def test_a_limit_that_a_killed_look_has_left_lifted_is_told_on_the_start_page(tmp_path: Path) -> None:
    with closing(Journal(tmp_path / "wqstudio" / "journal.sqlite")) as journal:
        journal.note_lift(Lift(POLICY, "RabbitMQ amqp://queue.example", "/shop", "jobs.dead", time.time() - 3_600))
    with person_before(tmp_path) as person:
        said = await person.waits_for("text", "trouble")
        assert said.startswith("The delivery limit of jobs.dead is lifted since")
        assert said.endswith(f"run: rabbitmqctl clear_policy -p /shop {POLICY}")
        assert person.sees("grab", str(tmp_path / "start.png"))
