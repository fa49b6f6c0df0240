"""Which messages of a file were imported before: where a broker knows no copy by its id, they would be there twice."""

from collections.abc import Callable, Iterable, Sequence

from wqstudio.domain.letter import Destination
from wqstudio.domain.redrive import RedriveId
from wqstudio.engine.journal.journal import Entry, Journal
from wqstudio.engine.letters.file import Imported

Read = Callable[[], Iterable[Imported]]
"""All of them, from the first on, each time."""


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


def imported_before(journal: Journal, broker: str, read: Read, but: RedriveId = "") -> ImportedBefore:
    """On that broker, of the messages that ``read`` gives. ``but``: the import itself."""
    imports = [entry for entry in journal.imports(broker) if entry.id != but]
    if not imports:
        return ImportedBefore()
    among = {letter.fingerprint for letter in read()}
    return ImportedBefore([(entry, journal.published(entry.id, among)) for entry in imports])
