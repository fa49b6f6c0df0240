"""What an import of exported messages would do, and where they go, said before it is done; begins it, too."""

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QWidget

from wqstudio.domain.connection import Product
from wqstudio.domain.redrive import Plan
from wqstudio.engine.import_file import ImportFile
from wqstudio.engine.import_previews import ImportPreview
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
        self._lay_under: tuple[str, ...] = ()
        self.about.setText(f"from {source.path}")
        self._places = PlaceChooser(theme, source.path.name, places, product, "open")
        self._places.changed.connect(self._look_again)
        self.facts = FactsView("importFacts", "What that does")
        self.go.setText("Import")
        self.go.setProperty("kind", "primary")
        self.go.clicked.connect(self._begin)
        self.fill([self._places, self.facts])
        self.say("Looking what that would do …")
        self._look_again()

    def _look_again(self) -> None:
        self.ask(self._foresee, self._show, "preview of an import")

    async def _foresee(self) -> Foresight[ImportPreview]:
        return await foresee(self._source, self._source.plan, self._places.where, self._lay_under)

    def _show(self, found: Foresight[ImportPreview]) -> None:
        begins = self._found is None
        self._found = found
        self._places.offer(found)
        preview = found.preview
        if preview is None:
            self.facts.show_sections(())
            self.name("Import messages")
            self.go.setText("Import")
            self.say(found.trouble, bad=True)
            return
        self._lay_under = preview.lay_under
        number, amount = import_facts.may_go(preview), import_facts.amount(preview)
        self.name(f"Import {move_facts.messages(amount)}")
        self.facts.show_sections(import_facts.sections(preview))
        self.say("" if number else "There is no message that could be published.")
        self.go.setEnabled(number > 0)
        self.go.setText(f"Import {amount}" if number else "Import")
        if begins:
            self.go.setFocus()

    def _begin(self) -> None:
        if self._found is not None and (plan := self._found.plan) is not None:
            self.do(lambda: self._begin_import(plan))
