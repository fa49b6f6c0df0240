"""What keys, menus and the program ask of the panels, which are there only while a connection is open."""

from typing import TYPE_CHECKING

from wqstudio.ui.command_palette import Entry

if TYPE_CHECKING:  # the panels are loaded once a connection opens
    from wqstudio.domain.ledger import Account
    from wqstudio.ui.workspace import Workspace


class WorkspaceDeeds:
    """Does nothing where no ``workspace`` is open."""

    def __init__(self) -> None:
        self.workspace: Workspace | None = None

    def add_worker(self) -> None:
        if self.workspace is not None:
            self.workspace.add_worker()

    def stop_worker(self) -> None:
        if self.workspace is not None:
            self.workspace.stop_worker()

    def requeue_letters(self, to_origin: bool) -> None:
        if self.workspace is not None:
            self.workspace.requeue_letters(to_origin=to_origin)

    def discard_letters(self) -> None:
        if self.workspace is not None:
            self.workspace.discard_letters()

    def import_letters(self) -> None:
        if self.workspace is not None:
            self.workspace.import_letters()

    def remove_own(self) -> None:
        if self.workspace is not None:
            self.workspace.remove_own()

    def show_tab(self, index: int) -> None:
        if self.workspace is not None:
            self.workspace.show_tab(index)

    def places(self) -> list[Entry]:
        """For the palette."""
        return [] if self.workspace is None else self.workspace.places()

    def show_account(self, account: "Account") -> None:
        if self.workspace is not None:
            self.workspace.show_account(account)
