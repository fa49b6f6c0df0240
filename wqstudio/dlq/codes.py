"""How ``wqstudio dlq`` ends, for scripts; a dry run as the run itself would, as things are now. Complaints, too."""

import contextlib
import sys

from wqstudio.domain.redrive import Progress, RunState
from wqstudio.engine.moves.import_previews import ImportPreview
from wqstudio.engine.moves.previews import Preview
from wqstudio.engine.moves.undo_planning import UndoPreview

DONE, FAILED, WRONG, PARTLY, NOTHING = 0, 1, 2, 3, 4
"""See ``cli_dlq.EXIT_CODES``."""


def of_run(progress: Progress) -> int:
    if progress.state is not RunState.DONE and progress.state is not RunState.STOPPED:
        return FAILED
    stayed = progress.refused + progress.foreign + progress.gone
    if stayed and not progress.moved and not progress.kept:
        if progress.gone != stayed or progress.state is not RunState.DONE:
            return FAILED
        return PARTLY if progress.doubled else NOTHING
    if progress.is_odd:
        return PARTLY
    return DONE if progress.moved else NOTHING


def of_import(progress: Progress) -> int:
    """Of one that came to its end."""
    there = progress.moved + progress.prevented
    if progress.refused:
        return PARTLY if there else FAILED
    if not there:
        return NOTHING
    return PARTLY if progress.doubled else DONE


def of_preview(found: Preview | ImportPreview) -> int:
    if not found.count:
        return NOTHING
    if not found.going:
        return FAILED
    gone = found.gone if isinstance(found, Preview) else 0
    return DONE if found.going == found.count and not gone else PARTLY


def of_undo_preview(found: UndoPreview) -> int:
    """Where looking costs, as far as it shows without that."""
    if not found.count:
        return FAILED if found.staying else NOTHING
    return PARTLY if found.taken else DONE


def complain(what: str, code: int) -> int:
    say(what)
    return code


def warn(sentence: str) -> None:
    say(f"warning: {sentence}")


def say(what: str) -> None:
    """Beside the output proper; where nobody can hear it (a full disk), too."""
    with contextlib.suppress(OSError):
        print(f"wqstudio: {what}", file=sys.stderr)
