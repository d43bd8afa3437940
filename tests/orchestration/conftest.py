"""Workspaces for the tests of the orchestration package."""

import os
import socketserver
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from alert_receivers import MailServer, Receiver

from orchestration import intake, scaffold, warehouse
from orchestration.rules import Rules
from orchestration.workspace import Workspace

HEADER = "period,facility_id,activity_type,quantity,unit\n"


@pytest.fixture(autouse=True)
def _environment() -> Iterator[None]:
    """Workspaces set environment variables; each test starts with the ones of the session."""
    kept = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(kept)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A new workspace with one facility, PLANT-1, and an empty landing folder."""
    scaffold.make_workspace(tmp_path / "company")
    return Workspace.open(tmp_path / "company").prepare()


@pytest.fixture
def deliver(workspace: Workspace) -> Callable[..., Path]:
    """Put an energy ledger with one row per quantity into landing/."""

    def put(path: str, *quantities: str) -> Path:
        target = workspace.landing / path
        target.parent.mkdir(parents=True, exist_ok=True)
        month = path[:7]
        rows = [f"{month},PLANT-1,grid_electricity,{quantity},MWh\n" for quantity in quantities]
        target.write_text(HEADER + "".join(rows))
        return target

    return put


@pytest.fixture
def ingest(workspace):
    """Ingest the landing folders and return the plan."""

    def run(selected=None, confirm=False):
        rules = Rules.load(workspace)
        with warehouse.open_work(workspace) as connection:
            return intake.ingest(connection, workspace, rules, selected, confirm_withdrawals=confirm)

    return run


@pytest.fixture
def raw(workspace):
    """Query the raw tables."""

    def query(sql):
        with warehouse.open_work(workspace) as connection:
            return connection.execute(sql).fetchall()

    return query


def _serving(server: socketserver.BaseServer) -> Iterator[socketserver.BaseServer]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    os.environ["TEST_WEBHOOK"] = f"http://127.0.0.1:{receiver.server_port}/hook?key=secret"
    os.environ["no_proxy"] = "127.0.0.1"
    yield from _serving(receiver)


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    yield from _serving(MailServer())
