"""It is said to be somebody else's doing only where nobody of ours can have done it."""

from wqstudio.domain.redrive import Action, MoveState
from wqstudio.engine.journal.journal import Move
from wqstudio.engine.moves.removals import Removals

COPIED = Move(0, b"letter", MoveState.COPIED, place=7)


def test_what_an_earlier_process_may_have_removed_is_its_doing_until_the_letter_is_met() -> None:
    removals = Removals()
    removals.note_inherited([COPIED])
    assert removals.overtaken([COPIED]) == 0
    removals.note_there(COPIED)
    assert removals.overtaken([COPIED]) == 1


def test_what_was_asked_for_may_be_done_after_the_letter_is_met() -> None:
    removals = Removals()
    removals.note_asked([COPIED])
    removals.note_there(COPIED)
    assert removals.overtaken([COPIED]) == 0
    assert removals.ended(COPIED, Action.DISCARD, gone=True).state is MoveState.REMOVED


def test_another_run_may_have_made_a_copy_of_which_no_place_is_known() -> None:
    """It is not in the journal who did, and that one may remove the original yet."""
    removals, somewhere = Removals(), COPIED._replace(place=None)
    removals.note_inherited([somewhere])
    removals.note_there(somewhere)
    assert removals.overtaken([somewhere]) == 0
