"""A connection to RabbitMQ while it is being typed: what is wrong with it, and what it becomes."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from wqstudio.domain.connection import RabbitConnection
from wqstudio.ui.models.connection_draft import ConnectionDraft, shared_texts
from wqstudio.ui.models.draft_checks import url_problem


@dataclass(frozen=True, slots=True)
class RabbitDraft(ConnectionDraft):
    schemes = ("amqp", "amqps")
    example = "amqp://127.0.0.1:5672"

    servers: str = example
    user: str = ""
    password: str = field(default="", repr=False)
    vhost: str = ""
    all_vhosts: bool = False
    management_url: str = ""

    @staticmethod
    def of(connection: RabbitConnection) -> "RabbitDraft":
        return RabbitDraft(
            **shared_texts(connection),
            user=connection.user,
            password=connection.password,
            vhost=connection.vhost,
            all_vhosts=connection.all_vhosts,
            management_url=connection.management_url,
        )

    def connection(self) -> RabbitConnection:
        return RabbitConnection(
            **self._shared(),
            user=self.user,
            password=self.password,
            vhost=self.vhost,
            all_vhosts=self.all_vhosts,
            management_url=self.management_url.strip(),
        )

    def _own_problems(self) -> Mapping[str, str]:
        management = self.management_url.strip()
        return {
            "user": "Whose password is it?" if self.password and not self.user else "",
            "management_url": url_problem(management, ("http", "https")) if management else "",
        }
