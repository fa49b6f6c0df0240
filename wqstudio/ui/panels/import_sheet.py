"""What an import of exported messages would do, and where they go, said before it is done; begins it, too."""

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QWidget

from wqstudio.domain.connection import Product
from wqstudio.domain.redrive import Plan
from wqstudio.engine.looks.import_file import ImportFile
from wqstudio.engine.moves.import_previews import ImportPreview
from wqstudio.ui.asking_sheet import AskingSheet
from wqstudio.ui.foresight import Foresight, foresee
from wqstudio.ui.models import import_facts, move_facts
from wqstudio.ui.models.move_choice import Place
from wqstudio.ui.panels.facts_view import FactsView
from wqstudio.ui.panels.place_chooser import PlaceChooser
from wqstudio.ui.theme import Theme

_WIDTH = 680


class ImportSheet(AskingSheet):
    """Asks the file, whose owner closes it; ``begin`` carries a plan out. What they raise is said here."""

    def __init__(
        self,
        window: QWidget,
        theme: Theme,
        source: ImportFile,
        *,
        places: Sequence[Place],
        product: Product,
        begin: Callable[[Plan], object],
    ) -> None:
        super().__init__(window, "importSheet", _WIDTH, parts="import", title="Import messages")
        self._source, self._begin_import = source, begin
        self._found: Foresight[ImportPreview] | None = None
        self._answered = False
        """From then on the keyboard is where the user puts it."""
        self._lay_under: tuple[str, ...] = ()
        self.about.setText(f"from {source.path}")
        self._places = PlaceChooser(theme, source.path.name, places, product, "open")
        self._places.writing.connect(self._on_writing)
        self._places.changed.connect(self._look_again)
        self._places.settled.connect(self._say_trouble)
        self.facts = FactsView("importFacts", "What that does")
        self.propose("Import")
        self.go.clicked.connect(self._begin)
        self.fill([self._places, self.facts])
        self._look_again()

    def _on_writing(self) -> None:
        self._found = None  # it is of what was written before
        self.wait_for_writing()

    def _look_again(self) -> None:
        if self._found is None:
            self.say("Looking what that would do …")
        self.ask(self._foresee, self._show, "preview of an import")

    async def _foresee(self) -> Foresight[ImportPreview]:
        return await foresee(self._source, self._source.plan, self._places.where, self._lay_under)

    def _show(self, found: Foresight[ImportPreview]) -> None:
        self._found = found
        self._places.offer(found)
        preview = found.preview
        if preview is None:
            self.facts.show_sections(())
            self.name("Import messages")
            self.go.setText("Import")
            self._say_trouble()
            return
        self._lay_under = preview.lay_under
        number, amount = import_facts.may_go(preview), import_facts.amount(preview)
        self.name(f"Import {move_facts.messages(amount)}")
        self.facts.show_sections(import_facts.sections(preview))
        self.say("" if number else "There is no message that could be published.")
        self.go.setEnabled(number > 0)
        self.go.setText(f"Import {amount}" if number else "Import")
        if not self._answered and not self._places.is_writing:
            self._answered = True
            self.offer_answers()

    def _say_trouble(self) -> None:
        """Nothing is wrong with what has yet to be written."""
        if self._found is not None and self._found.trouble:
            self.say(self._found.trouble, bad=not (self._found.wants_route or self._places.is_writing))

    def _begin(self) -> None:
        if self._found is not None and (plan := self._found.plan) is not None:
            self.do(lambda: self._begin_import(plan))
