import asyncio
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QLineEdit, QPlainTextEdit, QPushButton
from pytestqt.qtbot import QtBot

from tests.rabbit_servers import RabbitHost
from tests.servers import NatsServer
from tests.waiting import until
from wqstudio.brokers.checks import Check, CheckState
from wqstudio.brokers.factory import probe_connection, virtual_hosts
from wqstudio.domain.connection import Connection, NatsConnection, Product, RabbitConnection
from wqstudio.ui.connect_dialog import ConnectDialog
from wqstudio.ui.connect_forms import connect_form
from wqstudio.ui.connect_steps import StepsView
from wqstudio.ui.models.nats_draft import Login, NatsDraft

W = TypeVar("W", bound=QObject)


def shown(qtbot: QtBot, *recent: Connection, product: Product = Product.NATS) -> ConnectDialog:
    dialog = ConnectDialog(None, product, connect_form(product, recent, virtual_hosts), probe_connection)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)  # the test looks at it afterwards
    qtbot.addWidget(dialog)
    dialog.open()
    return dialog


def child(dialog: ConnectDialog, kind: type[W], name: str) -> W:
    found = dialog.findChild(kind, name)
    assert found is not None, name
    return found


def message(dialog: ConnectDialog, name: str) -> str:
    label = child(dialog, QLabel, f"connect_{name}Message")
    return label.text() if label.isVisible() else ""


async def test_each_step_of_a_test_appears_and_a_working_server_works(qtbot: QtBot, nats_server: NatsServer) -> None:
    dialog = shown(qtbot, nats_server.connection)
    steps = child(dialog, StepsView, "connectSteps")
    qtbot.mouseClick(child(dialog, QPushButton, "connectTestButton"), Qt.MouseButton.LeftButton)
    assert steps.outcome == "Testing …"
    await until(lambda: steps.outcome.startswith("It works"))
    assert len(steps.steps) > 3
    assert CheckState.FAILED not in {check.state for check in steps.steps}
    child(dialog, QLineEdit, "connect_name").setText("production")
    assert "changed since" in steps.outcome


async def test_a_server_that_is_not_there_is_a_failed_step_with_a_remedy(qtbot: QtBot, nats_server: NatsServer) -> None:
    nats_server.stop()
    dialog = shown(qtbot, nats_server.connection)
    steps = child(dialog, StepsView, "connectSteps")
    child(dialog, QPushButton, "connectTestButton").click()
    await until(lambda: "does not work yet" in steps.outcome)
    failed = [check for check in steps.steps if check.state is CheckState.FAILED]
    assert failed[0].detail


async def test_closing_the_dialog_during_a_test_is_harmless(qtbot: QtBot, nats_server: NatsServer) -> None:
    dialog = shown(qtbot, nats_server.connection)
    child(dialog, QPushButton, "connectTestButton").click()
    dialog.reject()
    seen = len(child(dialog, StepsView, "connectSteps").steps)
    again = shown(qtbot, nats_server.connection)
    child(again, QPushButton, "connectTestButton").click()
    await until(lambda: child(again, StepsView, "connectSteps").outcome.startswith("It works"))
    assert len(child(dialog, StepsView, "connectSteps").steps) == seen


def test_connect_hands_over_what_the_fields_say(qtbot: QtBot) -> None:
    dialog = shown(qtbot)
    child(dialog, QPlainTextEdit, "connect_servers").setPlainText("nats://one:4222\ntls://two:4333")
    child(dialog, QPushButton, "loginPassword").click()
    qtbot.keyClicks(child(dialog, QLineEdit, "connect_user"), "sam")
    qtbot.keyClicks(child(dialog, QLineEdit, "connect_password"), "s3cret")
    child(dialog, QCheckBox, "connectReadOnly").setChecked(True)
    with qtbot.waitSignal(dialog.connection_chosen) as chosen:
        qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert chosen.args == [
        NatsConnection(urls=("nats://one:4222", "tls://two:4333"), user="sam", password="s3cret", read_only=True)
    ]
    assert not dialog.isVisible()


def test_what_is_wrong_is_said_beside_the_field_while_typing(qtbot: QtBot) -> None:
    dialog = shown(qtbot)
    servers = child(dialog, QPlainTextEdit, "connect_servers")
    connect = child(dialog, QPushButton, "connectConnectButton")
    assert connect.isEnabled()
    servers.setPlainText("http://one")
    assert "nats://" in message(dialog, "servers")
    assert not connect.isEnabled()
    servers.setPlainText("nats://sam:s3cret@one:99999")
    assert "s3cret" not in message(dialog, "servers")
    servers.setPlainText("one")
    assert message(dialog, "servers") == ""
    assert connect.isEnabled()


def test_only_the_fields_of_the_login_chosen_are_there(qtbot: QtBot) -> None:
    dialog = shown(qtbot)
    child(dialog, QPushButton, "loginToken").click()
    assert child(dialog, QLineEdit, "connect_token").isVisible()
    assert not child(dialog, QLineEdit, "connect_user").isVisible()
    assert message(dialog, "token") == ""
    assert not child(dialog, QPushButton, "connectConnectButton").isEnabled()


def test_secrets_are_masked(qtbot: QtBot) -> None:
    dialog = shown(qtbot)
    for name in ("connect_password", "connect_token"):
        assert child(dialog, QLineEdit, name).echoMode() is QLineEdit.EchoMode.Password


def test_certificates_count_only_while_they_are_asked_for(qtbot: QtBot, tmp_path: Path) -> None:
    authority = tmp_path / "ca.pem"
    authority.touch()
    dialog = shown(qtbot)
    dialog.form.fill(NatsDraft(tls_ca=str(authority), login=Login.NONE))
    assert dialog.form.draft().connection().tls_ca == authority
    child(dialog, QCheckBox, "connectEncryption").setChecked(False)
    assert dialog.form.draft().connection().tls_ca is None


def test_a_recent_connection_fills_the_fields_in(qtbot: QtBot) -> None:
    first = NatsConnection(urls=("nats://one:4222",), name="one", user="sam")
    second = replace(first, urls=("nats://two:4222",), name="two", user="", read_only=True)
    dialog = shown(qtbot, first, second)
    assert dialog.form.draft().connection() == first
    chooser = child(dialog, QComboBox, "connectRecent")
    qtbot.keyClick(chooser, Qt.Key.Key_Down)
    assert dialog.form.draft().connection() == second


async def test_a_rabbitmq_node_is_tested_step_by_step(qtbot: QtBot, rabbit_host: RabbitHost) -> None:
    dialog = shown(qtbot, rabbit_host.connection, NatsConnection(), product=Product.RABBITMQ)
    steps = child(dialog, StepsView, "connectSteps")
    child(dialog, QPushButton, "connectTestButton").click()
    await until(lambda: steps.outcome.startswith("It works"))
    assert {"Login", "Virtual host", "Management API"} <= {check.step for check in steps.steps}
    assert dialog.form.draft().connection() == rabbit_host.connection
    child(dialog, QLineEdit, "connect_vhostLine").setText("no such host")
    child(dialog, QPushButton, "connectTestButton").click()
    await until(lambda: steps.outcome == "It does not work yet: Virtual host.")


def test_connect_to_rabbitmq_hands_over_what_the_fields_say(qtbot: QtBot) -> None:
    dialog = shown(qtbot, product=Product.RABBITMQ)
    assert dialog.windowTitle() == "Connect to RabbitMQ"
    child(dialog, QPlainTextEdit, "connect_servers").setPlainText("amqps://one\namqps://two:5671")
    for name, text in (
        ("user", "sam"),
        ("password", "s3cret"),
        ("vhostLine", "orders"),
        ("management_url", "https://m"),
    ):
        qtbot.keyClicks(child(dialog, QLineEdit, f"connect_{name}"), text)
    with qtbot.waitSignal(dialog.connection_chosen) as chosen:
        qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert chosen.args == [
        RabbitConnection(
            urls=("amqps://one", "amqps://two:5671"),
            user="sam",
            password="s3cret",
            vhost="orders",
            management_url="https://m",
        )
    ]


async def test_the_virtual_hosts_of_a_node_can_be_found_and_chosen(qtbot: QtBot, rabbit_host: RabbitHost) -> None:
    other = rabbit_host.node.make_host("a/host & more")
    try:
        dialog = shown(qtbot, rabbit_host.node.connection, product=Product.RABBITMQ)
        hosts = child(dialog, QComboBox, "hostChoice")
        child(dialog, QPushButton, "findHosts").click()
        assert child(dialog, QLabel, "hostsSaid").text() == "Looking …"
        await until(lambda: hosts.count() > 0)
        listed = [hosts.itemText(row) for row in range(hosts.count())]
        assert {"/", "a/host & more", rabbit_host.connection.vhost} <= set(listed)
        assert child(dialog, QLineEdit, "connect_vhostLine").text() == rabbit_host.node.connection.vhost
        hosts.setCurrentText("a/host & more")
        child(dialog, QCheckBox, "connectAllVhosts").setChecked(True)
        connection = dialog.form.draft().connection()
        assert isinstance(connection, RabbitConnection)
        assert (connection.vhost, connection.all_vhosts) == ("a/host & more", True)
        hosts.hidePopup()
    finally:
        other.remove()


async def test_why_no_virtual_hosts_are_found_is_said_in_place(qtbot: QtBot, rabbit_host: RabbitHost) -> None:
    wrong = replace(rabbit_host.connection, password="wrong")
    dialog = shown(qtbot, wrong, product=Product.RABBITMQ)
    said, find = child(dialog, QLabel, "hostsSaid"), child(dialog, QPushButton, "findHosts")
    find.click()
    await until(find.isEnabled)
    assert wrong.user in said.text()
    child(dialog, QPlainTextEdit, "connect_servers").setPlainText("nats://one")
    find.click()
    assert said.text() == "First say where the server is and who asks."


async def test_closing_the_dialog_while_hosts_are_looked_for_is_harmless(rabbit_host: RabbitHost) -> None:
    form = connect_form(Product.RABBITMQ, [rabbit_host.connection], virtual_hosts)
    dialog = ConnectDialog(None, Product.RABBITMQ, form, probe_connection)
    dialog.open()
    gone: list[bool] = []
    dialog.destroyed.connect(lambda *_: gone.append(True))
    child(dialog, QPushButton, "findHosts").click()
    dialog.reject()
    await until(lambda: bool(gone))
    await until(lambda: not any(task.get_name() == "find virtual hosts" for task in asyncio.all_tasks()))


def test_what_is_wrong_with_a_rabbitmq_connection_is_said_beside_the_field(qtbot: QtBot) -> None:
    dialog = shown(qtbot, product=Product.RABBITMQ)
    child(dialog, QPlainTextEdit, "connect_servers").setPlainText("nats://one")
    assert "amqp:// or amqps://" in message(dialog, "servers")
    child(dialog, QLineEdit, "connect_management_url").setText("ftp://sam:s3cret@one")
    assert message(dialog, "management_url") == "one should begin with http:// or https://"
    assert not child(dialog, QPushButton, "connectConnectButton").isEnabled()


async def test_an_id_without_blanks_leaves_every_line_within_the_view(qtbot: QtBot) -> None:
    server = "N" + "ABCDEFGHIJK" * 5
    steps = StepsView()
    qtbot.addWidget(steps)
    steps.resize(320, 400)
    steps.show()
    steps.begin()
    steps.add(Check("The server answers", CheckState.PASSED, f"NATS 2.15, {server}, with JetStream and much to say"))
    labels = [label for label in steps.findChildren(QLabel) if "NATS 2.15" in label.text()]
    assert "NABCDEFGHI…" in labels[0].text()
    assert server in labels[0].toolTip()
    await until(lambda: 0 < labels[0].mapTo(steps, labels[0].rect().topRight()).x() <= steps.viewport().width())
    assert steps.horizontalScrollBar().maximum() == 0


def test_typing_replaces_the_address_that_was_offered(qtbot: QtBot) -> None:
    dialog = shown(qtbot)
    servers = child(dialog, QPlainTextEdit, "connect_servers")
    qtbot.keyClicks(servers, "nats://elsewhere:4333")
    assert servers.toPlainText() == "nats://elsewhere:4333"
