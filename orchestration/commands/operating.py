"""What those who set up and operate use: `init`, `ui`, `deploy`."""

import os
import signal
import socket
import sys
from pathlib import Path
from typing import Annotated

import typer

from orchestration.commands import STOPPED, WorkspaceOption, WrongUse, app
from orchestration.console import complain, say
from orchestration.workspace import Workspace, deployment_environment


@app.command(epilog="Example: helioledger init my-company")
def init(directory: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to make.")]) -> None:
    """Make a workspace to start from: commented settings, one facility, an empty landing folder."""
    from orchestration import scaffold

    try:
        created = scaffold.make_workspace(directory)
    except FileExistsError as error:
        raise WrongUse(f"{error.filename} exists already; nothing was changed.") from None
    except OSError as error:
        raise WrongUse(f"{directory} cannot be written: {error.strerror or error}.") from None
    for path in created:
        say(f"Created {path}")
    say(f"Edit organization.yml and reference/facilities.csv, then: helioledger run --workspace {directory}")


@app.command(epilog="Example: helioledger ui --workspace examples/ja-solar --port 3000")
def ui(
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port of the web server.")] = 3000,
    host: Annotated[str, typer.Option("--host", help="Address the web server listens on.")] = "127.0.0.1",
    deployment: Annotated[
        Path | None,
        typer.Option("--deployment", metavar="DIR", help="All workspaces of a deployment, in place of one workspace."),
    ] = None,
    read_only: Annotated[
        bool, typer.Option("--read-only", help="For viewers: nothing can be launched, and no schedule runs.")
    ] = False,
    allowed_host: Annotated[
        list[str] | None,
        typer.Option(
            "--allowed-host", metavar="HOST", help="Another host that people reach the server by, as a proxy's."
        ),
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Open the workspace in the Dagster UI, with its schedule running, until interrupted.

    The server answers only requests to its own host and from its own pages.
    """
    from orchestration import web
    from orchestration.transformation import DbtProjectError, parsed_project

    if deployment:
        if not (deployment / "workspace.yaml").is_file():
            raise WrongUse(f"{deployment} is no deployment; `helioledger deploy` makes one.")
        shown = deployment.resolve()
        os.environ.update(deployment_environment(shown))
        target, folder = ["--workspace", str(shown / "workspace.yaml")], shown
    else:
        opened = Workspace.open(workspace).prepare()
        shown = opened.root
        target, folder = ["--module-name", "orchestration.definitions"], opened.warehouse
    # Dagster's daemon would run on without a web server.
    try:
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except OSError as error:
        reason = error.strerror or error
        raise WrongUse(f"nothing can listen on {host}:{port} ({reason}). --port names another.") from None
    if not deployment:
        try:
            parsed_project(opened)
        except DbtProjectError as error:
            complain(f"helioledger: {error}")
            raise typer.Exit(STOPPED) from None
    say(f"Dagster UI of {shown}: http://{host}:{port} (Ctrl+C ends it)")
    if allowed_host:
        os.environ[web.HOSTS_VARIABLE] = ",".join(allowed_host)
    server = ["--read-only"] if read_only else ["dev"]
    command = [sys.executable, "-m", "orchestration.web", *server, *target, "--host", host, "--port", str(port)]
    # In place of this process, so that a signal to it ends the server. A script's background processes ignore SIGINT,
    # and Dagster would then ignore SIGTERM too.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.chdir(folder)
    os.execv(command[0], command)


@app.command(
    epilog="Example: helioledger deploy /srv/helioledger --workspace /srv/companies/north --workspace"
    " /srv/companies/south"
)
def deploy(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="The deployment's folder; made when it is missing.")],
    workspaces: Annotated[
        list[Path], typer.Option("--workspace", metavar="DIR", help="A workspace; once for each of them.")
    ],
    user: Annotated[
        str, typer.Option("--user", metavar="NAME", help="The system's user that the services run as.")
    ] = "helioledger",
    host: Annotated[str, typer.Option("--host", help="Address the web server listens on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port of the web server.")] = 3000,
    concurrent_runs: Annotated[
        int, typer.Option("--concurrent-runs", min=1, help="Runs at a time, each of another workspace.")
    ] = 1,
) -> None:
    """Write what one web server and daemon need for these workspaces: Dagster's files and systemd units.

    Called again, it changes what differs: add a workspace, or leave one out. docs/deployment.md says the rest.
    """
    from orchestration import deployment, transformation

    folder = directory.resolve()
    try:
        opened = [Workspace.open(workspace) for workspace in workspaces]
        service = deployment.Service(user, host, port)
        written = deployment.deploy(folder, opened, service, concurrent_runs)
        os.environ.update(deployment_environment(folder))
        for workspace in opened:
            transformation.parsed_project(workspace.prepare())
    except deployment.DeploymentError as error:
        raise WrongUse(str(error)) from None
    except OSError as error:
        raise WrongUse(f"{folder} cannot be written: {error.strerror or error}.") from None
    except transformation.DbtProjectError as error:
        complain(f"helioledger: {error}")
        raise typer.Exit(STOPPED) from None
    for path in written or ["nothing; all was as it is"]:
        say(f"Wrote {path}")
    for workspace in opened:
        say(f"Code location {workspace.location_name}: {workspace.root}")
    say(f"Try it:      helioledger ui --deployment {folder}")
    say(f"Install it:  sudo cp {folder}/systemd/*.service /etc/systemd/system/ && sudo systemctl daemon-reload")
    say("             sudo systemctl enable --now helioledger-webserver helioledger-daemon")
