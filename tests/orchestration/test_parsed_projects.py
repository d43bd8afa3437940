"""The cache of parsed dbt projects: what is taken from it is whole, and nothing depends on it."""

import shutil
from pathlib import Path

import pytest

from orchestration import parsed_projects, transformation
from orchestration.workspace import DBT_PROJECT_DIR, Workspace


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return parsed_projects.cache()


@pytest.fixture
def project(tmp_path) -> Path:
    folder = tmp_path / "0a1b"
    folder.mkdir()
    (folder / "manifest.json").write_text("first")
    return folder


def taken(name: str, folder: Path) -> dict[str, str] | None:
    folder.mkdir()
    is_taken = parsed_projects.take(name, folder)
    found = {file.name: file.read_text() for file in folder.iterdir()}
    assert is_taken or not found
    return found if is_taken else None


def test_the_latest_of_a_name_is_taken_as_a_whole(project, cache, tmp_path):
    assert taken("0a1b", tmp_path / "before") is None
    parsed_projects.keep(project)
    assert taken("0a1b", tmp_path / "first") == {"manifest.json": "first"}
    (project / "manifest.json").unlink()
    (project / "compiled.msgpack").write_text("second")
    parsed_projects.keep(project)
    assert taken("0a1b", tmp_path / "second") == {"compiled.msgpack": "second"}
    assert [entry.name for entry in cache.iterdir()] == ["0a1b"]


def test_few_are_kept(project, cache):
    for number in range(parsed_projects.KEPT_PROJECTS + 2):
        parsed_projects.keep(shutil.copytree(project, project.with_name(f"of-{number}")))
    assert sorted(entry.name for entry in cache.iterdir()) == ["of-2", "of-3", "of-4", "of-5"]


def test_without_a_place_to_write_nothing_is_kept(project, cache, tmp_path):
    cache.parent.parent.mkdir()
    cache.parent.write_text("a file where the folder would be")
    parsed_projects.keep(project)
    assert taken("0a1b", tmp_path / "without") is None


def test_a_workspace_takes_what_another_has_had_parsed_if_it_is_whole(cache, tmp_path, monkeypatch):
    small = tmp_path / "project"
    (small / "models").mkdir(parents=True)
    (small / "dbt_project.yml").write_text("name: small\nprofile: helioledger\n")
    (small / "models" / "one.sql").write_text("select 1 as one")
    shutil.copy(DBT_PROJECT_DIR / "profiles.yml", small)
    monkeypatch.setattr(transformation, "DBT_PROJECT_DIR", small)

    def parsed_in(name: str) -> dict[str, str]:
        manifest = transformation.manifest(transformation.parsed_project(Workspace(tmp_path / name).prepare()))
        assert "model.small.one" in manifest["nodes"]
        return manifest["metadata"]["invocation_id"]

    first = parsed_in("first")
    assert parsed_in("second") == first
    (kept,) = cache.iterdir()
    (kept / transformation.PARSE_FILE).write_bytes(b"cut short")
    third = parsed_in("third")
    assert third != first
    assert parsed_in("fourth") == third
