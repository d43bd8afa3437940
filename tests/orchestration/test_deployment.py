"""Several workspaces in one deployment: its files, what Dagster makes of them, and the units that systemd reads."""

import json
import os
import runpy
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from orchestration import scaffold
from orchestration.deployment import UNITS
from orchestration.workspace import WRITTEN_BY_US, Workspace, dagster_instance_settings


def tell_repository() -> None:
    """Print what Dagster makes of the file of a code location, the argument."""
    graph = runpy.run_path(sys.argv[1])["defs"]().get_repository_def().asset_graph
    told = {
        "prefixes": sorted({key.path[0] for key in graph.executable_asset_keys}),
        "keys": len(graph.executable_asset_keys),
        "unknown": sorted(str(key) for key in graph.get_all_asset_keys() - graph.executable_asset_keys),
        "checks": sorted({key.asset_key.path[0] for key in graph.asset_check_keys}),
        "pools": sorted({pool for key in graph.executable_asset_keys for pool in graph.get(key).pools}),
    }
    print(json.dumps(told))


@pytest.fixture
def companies(tmp_path, parsed_dbt_project):
    """Two workspaces; Dagster takes only the name of the first as it is."""
    roots = [tmp_path / "north", tmp_path / "晶澳 2024"]
    for root in roots:
        scaffold.make_workspace(root)
        parsed_dbt_project(root)
    return roots


@pytest.fixture
def deploy(helioledger, companies, tmp_path):
    def call(*options: object, workspaces=companies, folder: Path = tmp_path / "deployment"):
        named = [word for workspace in workspaces for word in ("--workspace", workspace)]
        return helioledger("deploy", folder, *named, *options)

    return call


def content(folder: Path) -> dict[str, str]:
    return {str(file.relative_to(folder)): file.read_text() for file in folder.rglob("*") if file.is_file()}


def test_each_workspace_is_a_code_location_with_assets_of_its_own(deploy, companies, programs, tmp_path):
    finished = deploy("--concurrent-runs", 2)
    assert finished.returncode == 0, finished.stderr
    folder = tmp_path / "deployment"
    assert (folder / "dagster.yaml").read_text() == dagster_instance_settings(folder, concurrent_runs=2)
    targets = yaml.safe_load((folder / "workspace.yaml").read_text())["load_from"]
    names = [target["python_file"]["location_name"] for target in targets]
    assert names == [Workspace(root).location_name for root in companies]
    assert names[0] == "north"
    assert names[1].isascii()
    assert names[1].startswith("2024_")
    told = {}
    for target, name in zip(targets, names, strict=True):
        file = target["python_file"]["relative_path"]
        loaded = programs.run("tests.orchestration.test_deployment:tell_repository", file, cwd=tmp_path)
        assert loaded.returncode == 0, loaded.stderr
        told[name] = json.loads(loaded.stdout.splitlines()[-1])
        assert told[name]["prefixes"] == told[name]["checks"] == [name]
        assert told[name]["unknown"] == []
        assert told[name]["pools"] == [f"duckdb_{name}"]
    assert told[names[0]]["keys"] == told[names[1]]["keys"] > 100
    # The history is the deployment's; what the workspaces hold is theirs.
    assert not (companies[0] / "warehouse" / "dagster" / "dagster.yaml").exists()


def test_the_same_deployment_again_changes_nothing_and_another_follows(deploy, companies, tmp_path):
    folder = tmp_path / "deployment"
    deploy()
    first = content(folder)
    assert "all was as it is" in deploy().stdout
    assert content(folder) == first

    (folder / "dagster.yaml").write_text("telemetry: {enabled: false}\n")  # someone's own
    deploy("--port", 3100, "--user", "ledger", workspaces=companies[:1])
    now = content(folder)
    assert now["dagster.yaml"] == "telemetry: {enabled: false}\n"
    assert {name for name in now if name.startswith("locations")} == {"locations/north.py"}
    assert "2024_" not in now["workspace.yaml"]
    assert '--port "3100"' in now["systemd/helioledger-webserver.service"]
    assert all("User=ledger\n" in now[f"systemd/{unit.name}"] for unit in UNITS.iterdir())


def test_workspaces_that_cannot_be_together_are_refused(deploy, companies, tmp_path):
    twin = tmp_path / "other" / "north"
    scaffold.make_workspace(twin)
    for finished in (
        deploy(workspaces=[*companies, twin]),
        deploy(folder=companies[0] / "deployment"),
        deploy(workspaces=[tmp_path / "nowhere"]),
        deploy(folder=tmp_path / 'a"b'),
    ):
        assert finished.returncode == 2, finished.stdout
        assert "Traceback" not in finished.stderr
    assert "rename one of the folders" in deploy(workspaces=[*companies, twin]).stderr
    assert not (tmp_path / "deployment").exists()


def test_only_a_deployment_can_be_opened_as_one(helioledger, tmp_path):
    finished = helioledger("ui", "--deployment", tmp_path)
    assert finished.returncode == 2
    assert "helioledger deploy" in finished.stderr


def test_systemd_reads_the_units(deploy, need_program, tmp_path):
    verify = need_program("systemd-analyze", "systemd-analyze")
    folder = tmp_path / "deployment 100%"
    assert deploy(folder=folder).returncode == 0
    units = sorted((folder / "systemd").iterdir())
    assert [unit.name for unit in units] == ["helioledger-daemon.service", "helioledger-webserver.service"]
    clean = subprocess.run([verify, "verify", *units], capture_output=True, text=True, check=False)
    assert (clean.returncode, clean.stdout + clean.stderr) == (0, "")
    # The check is one: a unit whose program is missing, and one with an unknown setting, do not pass.
    broken = tmp_path / units[0].name
    broken.write_text(units[0].read_text().replace("dagster-daemon", "no-such-daemon").replace("UMask=", "Mask="))
    failed = subprocess.run([verify, "verify", broken], capture_output=True, text=True, check=False)
    assert "no-such-daemon" in failed.stderr
    assert "Mask" in failed.stderr


def test_the_units_run_what_they_say(deploy, tmp_path):
    folder = tmp_path / "deployment"
    deploy()
    for unit in (folder / "systemd").iterdir():
        lines = dict(line.split("=", 1) for line in unit.read_text().splitlines() if "=" in line and line[0] != "#")
        program = Path(lines["ExecStart"].split('"')[1])
        assert os.access(program, os.X_OK)
        assert shutil.which(program.name, path=str(program.parent))
        assert f'--workspace "{folder}/workspace.yaml"' in lines["ExecStart"]
        assert lines["WorkingDirectory"] == str(folder)
        assert unit.read_text().startswith(WRITTEN_BY_US)
        assert "/srv/helioledger" not in unit.read_text()
        assert not unit.stat().st_mode & stat.S_IXUSR
