"""How to reach a RabbitMQ node, as a form."""

from collections.abc import Sequence

from PySide6.QtWidgets import QCheckBox, QLineEdit

from wqstudio.domain.connection import RabbitConnection
from wqstudio.ui.connect_fields import Secret
from wqstudio.ui.connect_form import ConnectForm
from wqstudio.ui.connect_hosts import HostField
from wqstudio.ui.lookups import FindHosts
from wqstudio.ui.models.connection_draft import ConnectionDraft
from wqstudio.ui.models.rabbit_draft import RabbitDraft


class RabbitForm(ConnectForm):
    def __init__(self, recent: Sequence[RabbitConnection], find_hosts: FindHosts) -> None:
        self._find_hosts = find_hosts
        super().__init__([RabbitDraft.of(each) for each in recent], RabbitDraft(), "amqp://host:5672")

    def draft(self) -> RabbitDraft:
        return RabbitDraft(**self._texts(), all_vhosts=self._all_vhosts.isChecked(), read_only=self._wants_read_only())

    def _add_login(self) -> None:
        self._add("user", "User", QLineEdit(placeholderText="guest"))
        self._add("password", "Password", Secret())
        self._hosts = HostField(self._find_hosts, self._whom_to_ask)
        self._add("vhost", "Virtual host", self._hosts)
        self._all_vhosts = QCheckBox("Watch all virtual hosts")
        self._all_vhosts.setObjectName("connectAllVhosts")
        self._all_vhosts.setToolTip("Show the queues of every virtual host this user may see; work is done in this one")
        self._all_vhosts.toggled.connect(self._refresh)
        self._form.addWidget(self._all_vhosts)
        management = QLineEdit(placeholderText="http://host:15672; looked for beside the broker when empty")
        self._add("management_url", "Management API", management)

    def _whom_to_ask(self) -> RabbitConnection | None:
        draft = self.draft()
        return None if draft.problems() else draft.connection()

    def _choose(self, draft: ConnectionDraft) -> None:
        if isinstance(draft, RabbitDraft):
            self._all_vhosts.setChecked(draft.all_vhosts)
            self._hosts.forget()
