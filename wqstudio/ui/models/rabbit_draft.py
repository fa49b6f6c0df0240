"""A connection to RabbitMQ while it is being typed: what is wrong with it, and what it becomes."""

from dataclasses import dataclass, field

from wqstudio.domain.connection import RabbitConnection
from wqstudio.ui.models.draft_checks import (
    as_path,
    as_text,
    said,
    servers_problem,
    split_servers,
    tls_problems,
    url_problem,
)


@dataclass(frozen=True, slots=True)
class RabbitDraft:
    """The text of the fields."""

    servers: str = "amqp://127.0.0.1:5672"
    name: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    vhost: str = ""
    all_vhosts: bool = False
    management_url: str = ""
    tls_ca: str = ""
    tls_certificate: str = ""
    tls_key: str = ""
    read_only: bool = False

    @property
    def urls(self) -> tuple[str, ...]:
        return split_servers(self.servers)

    def problems(self) -> dict[str, str]:
        """As ``Draft.problems``."""
        management = self.management_url.strip()
        found = {
            "servers": servers_problem(self.urls, "amqp://127.0.0.1:5672", ("amqp", "amqps")),
            "user": "Whose password is it?" if self.password and not self.user else "",
            "management_url": url_problem(management, ("http", "https")) if management else "",
            **tls_problems(self.tls_ca, self.tls_certificate, self.tls_key),
        }
        return said(found.items())

    def connection(self) -> RabbitConnection:
        """Meaningful once there are no problems."""
        return RabbitConnection(
            urls=self.urls,
            name=self.name.strip(),
            user=self.user,
            password=self.password,
            vhost=self.vhost,
            all_vhosts=self.all_vhosts,
            management_url=self.management_url.strip(),
            tls_ca=as_path(self.tls_ca),
            tls_certificate=as_path(self.tls_certificate),
            tls_key=as_path(self.tls_key),
            read_only=self.read_only,
        )


def rabbit_draft_of(connection: RabbitConnection) -> RabbitDraft:
    return RabbitDraft(
        servers="\n".join(connection.urls),
        name=connection.name,
        user=connection.user,
        password=connection.password,
        vhost=connection.vhost,
        all_vhosts=connection.all_vhosts,
        management_url=connection.management_url,
        tls_ca=as_text(connection.tls_ca),
        tls_certificate=as_text(connection.tls_certificate),
        tls_key=as_text(connection.tls_key),
        read_only=connection.read_only,
    )
