"""What an import of exported messages would do, and where they go, said before it is done; begins it, too."""

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QWidget

from wqstudio.domain.connection import Product
from wqstudio.domain.redrive import Plan
from wqstudio.engine.looks.import_file import ImportFile
from wqstudio.engine.moves.import_previews import ImportPreview
from wqstudio.ui.foresight import Foresight, foresee
from wqstudio.ui.models import import_facts, move_facts
from wqstudio.ui.models.move_choice import Place
from wqstudio.ui.panels.facts_view import FactsView
from wqstudio.ui.panels.place_chooser import PlaceChooser
from wqstudio.ui.panels.place_sheet import PlaceSheet
from wqstudio.ui.theme import Theme

_WIDTH = 680


class ImportSheet(PlaceSheet[ImportPreview]):
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
        chooser = PlaceChooser(theme, source.path.name, places, product, "open")
        super().__init__(window, "importSheet", _WIDTH, parts="import", title="Import messages", places=chooser)
        self._source, self._begin_import = source, begin
        self._lay_under: tuple[str, ...] = ()
        self.about.setText(f"from {source.path}")
        self.facts = FactsView("importFacts", "What that does")
        self.propose("Import")
        self.go.clicked.connect(self._begin)
        self.fill([self._places, self.facts])
        self._look_again()

    async def _foresee(self) -> Foresight[ImportPreview]:
        return await foresee(self._source, self._source.plan, self._places.where, self._lay_under)

    def _show(self) -> None:
        preview = self._found.preview if self._found is not None else None
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

    def _begin(self) -> None:
        if self._found is not None and (plan := self._found.plan) is not None:
            self.do(lambda: self._begin_import(plan))
