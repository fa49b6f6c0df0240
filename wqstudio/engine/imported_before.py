"""Which messages of a file were imported before: where a broker knows no copy by its id, they would be there twice."""

from collections.abc import Sequence

from wqstudio.domain.letter import Destination
from wqstudio.domain.redrive import PUBLISHED, Action, RedriveId
from wqstudio.engine.journal import Entry, Journal
from wqstudio.engine.letter_file import Imported
from wqstudio.engine.place import names_of


class ImportedBefore:
    """As the journal knows: by what was published, whatever the file is called, and where it went."""

    def __init__(self, runs: Sequence[tuple[Entry, frozenset[bytes]]] = ()) -> None:
        """Imports, the newest first, and the fingerprints of what each has published."""
        self._runs = [(entry, marks) for entry, marks in runs if marks]

    def find(self, letter: Imported, to: Destination) -> Entry | None:
        """The newest import that has published it there. One to where each came from has done so if that is there."""
        mark = letter.fingerprint
        return next(
            (entry for entry, marks in self._runs if mark in marks and (entry.plan.destination or letter.home) == to),
            None,
        )


def imported_before(journal: Journal, broker: str, but: RedriveId = "") -> ImportedBefore:
    """On that broker. ``but``: the import itself."""
    imports = [
        entry
        for entry in journal.entries()
        if entry.broker in names_of(broker) and entry.plan.action is Action.IMPORT and entry.id != but
    ]
    return ImportedBefore([(entry, _published(journal, entry.id)) for entry in imports])


def _published(journal: Journal, run: RedriveId) -> frozenset[bytes]:
    return frozenset(mark for state in PUBLISHED for mark in journal.fingerprints(run, state))
