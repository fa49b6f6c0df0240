"""Carries out a run of ``wqstudio dlq``, and says what has come of it."""

from wqstudio.dlq import text
from wqstudio.dlq.telling import tell_done
from wqstudio.domain.redrive import STAYED, Progress, RunState
from wqstudio.engine.journal.journal import Journal
from wqstudio.engine.moves.importing import Import
from wqstudio.engine.moves.redrive import Redrive


async def carried_out(run: Redrive | Import, journal: Journal, *, as_json: bool) -> Progress:
    """How it ended. A script hears also of one that is broken off, be it by a signal: the error names no run."""
    try:
        return await run.run()
    except BaseException:
        if as_json and run.progress.state is RunState.INTERRUPTED:
            tell(run, journal, as_json=True)
        raise


def tell(run: Redrive | Import, journal: Journal, *, as_json: bool) -> None:
    remark = run.remark if isinstance(run, Redrive) else ""
    stayed = journal.moves(run.id, STAYED)
    tell_done(text.result(run.id, run.plan, run.progress, remark, stayed, as_json=as_json))
