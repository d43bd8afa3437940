"""Publication: equal content is the same release, and readers see one release or the next."""

import json
import os
import subprocess
import sys

import duckdb
import polars as pl
import pytest

from orchestration import inputs, release, transformation, warehouse

INPUTS = {"submissions": "a"}
DESCRIPTIONS = {
    "figures": release.Description(
        "Figures 数字; made up", {"co2e_t": "Tonnes CO2e, the 'exact' ones", "remark": "", "dropped": "No column."}
    )
}
READER = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1], read_only=True)
print(connection.execute("select max(year) from marts.figures").fetchone()[0], flush=True)
sys.stdin.readline()
print(connection.execute("select max(year), count(*), sum(co2e_t) from marts.figures").fetchone(), flush=True)
"""


@pytest.fixture
def build(workspace):
    """Make marts with a number of rows, by a number of threads."""

    def make(rows: int = 1000, threads: int = 1, year: int = 2024):
        with warehouse.connect(workspace.marts_database) as connection:
            connection.execute(f"set threads = {threads}")
            connection.execute("create schema if not exists marts")
            connection.execute(
                "create or replace table marts.figures as"
                f" select {year} as year, i % 7 as month, i::varchar || ' 厂' as facility_id,"
                " (i * 0.000000000001)::decimal(38, 18) as co2e_t, case when i % 3 = 0 then null else 'x' end as remark"
                f" from range({rows}) t(i) order by all"
            )
            connection.execute("create or replace table marts.years as select distinct year from marts.figures")

    return make


def parquet(published: release.Release) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in published.folder.glob("*.parquet")}


def test_equal_content_is_the_same_release_whatever_the_threads(workspace, build):
    build(300_000, threads=1)
    one = release.publish(workspace, INPUTS)
    files = parquet(one)
    database = (one.folder / "helioledger.duckdb").stat().st_ino
    build(300_000, threads=4)
    four = release.publish(workspace, {"submissions": "b"})
    assert four.release_id == one.release_id
    assert one.is_new
    assert not four.is_new
    assert (four.folder / "helioledger.duckdb").stat().st_ino == database
    assert release.published_manifest(workspace)["inputs"] == {"submissions": "b"}

    # Built from nothing, the bytes are the same.
    (workspace.warehouse / "published").unlink()
    for file in four.folder.iterdir():
        file.unlink()
    four.folder.rmdir()
    again = release.publish(workspace, INPUTS)
    assert parquet(again) == files
    assert again.release_id == one.release_id
    assert again.marts == {"figures": 300_000, "years": 1}


def test_a_reader_of_one_month_reads_the_row_groups_that_hold_it(workspace, build, monkeypatch, tmp_path):
    """All others are overwritten: by the statistics of the month, readers come to its figures all the same."""
    monkeypatch.setattr(release, "ROW_GROUP_ROWS", 2048)
    build(28_672)
    file = release.publish(workspace, INPUTS).folder / "figures.parquet"
    query = "select count(*), sum(co2e_t) from '{}' where month = 3"
    with duckdb.connect() as connection:
        expected = connection.execute(query.format(file)).fetchone()
        groups = connection.execute(
            "select min(coalesce(dictionary_page_offset, data_page_offset)), sum(total_compressed_size)::bigint,"
            " max(try_cast(stats_min_value as int)) filter (path_in_schema = 'month'),"
            " max(try_cast(stats_max_value as int)) filter (path_in_schema = 'month')"
            f" from parquet_metadata('{file}') group by row_group_id order by row_group_id"
        ).fetchall()
        others = [(start, length) for start, length, first, last in groups if not first <= 3 <= last]
        assert (len(groups), len(others)) == (14, 12)
        content = bytearray(file.read_bytes())
        for start, length in others:
            content[start : start + length] = bytes(length)
        holed = tmp_path / "holed.parquet"
        holed.write_bytes(content)
        assert connection.execute(query.format(holed)).fetchone() == expected
        with pytest.raises(duckdb.Error):
            connection.execute(f"select sum(co2e_t) from '{holed}'").fetchall()
    of_month = pl.scan_parquet(holed).filter(pl.col("month") == 3).collect()
    assert (len(of_month), of_month["co2e_t"].sum()) == expected


def test_the_published_database_explains_itself(workspace, build):
    build(10)
    release.publish(workspace, INPUTS, descriptions=DESCRIPTIONS)
    with duckdb.connect(str(workspace.published_database), read_only=True) as connection:
        tables = connection.execute("select schema_name, table_name from duckdb_tables() order by all").fetchall()
        assert tables == [("marts", "figures"), ("marts", "years")]
        comments = connection.execute("select comment from duckdb_columns() where comment is not null").fetchall()
        assert comments == [("Tonnes CO2e, the 'exact' ones",)]
        comments = connection.execute("select table_name, comment from duckdb_tables() order by 1").fetchall()
        assert comments == [("figures", "Figures 数字; made up"), ("years", None)]
        parquet_rows = connection.execute(f"from '{workspace.published}/figures.parquet'").fetchall()
        assert (
            parquet_rows
            == connection.execute("from marts.figures").fetchall()
            == sorted(parquet_rows, key=lambda row: row[:3])
        )


def test_a_view_reads_the_marts_beside_it_and_has_no_file(workspace, build):
    build(10)
    first = release.publish(workspace, INPUTS)
    with warehouse.connect(workspace.marts_database) as connection:
        connection.execute("create view marts.in_words as select year, year || ' 年' as words from marts.years")
    words = {"in_words": release.Description("Years in words", {"words": "The year, said"})}
    second = release.publish(workspace, INPUTS, descriptions=words)
    assert second.release_id == first.release_id  # the figures are the same
    assert second.marts == {"figures": 10, "years": 1}
    assert not (second.folder / "in_words.parquet").exists()
    with duckdb.connect() as reader:  # under any name
        reader.execute(f"attach '{workspace.published_database}' as other (read_only)")
        assert reader.execute("from other.marts.in_words").fetchall() == [(2024, "2024 年")]
        assert reader.execute("select comment from duckdb_views() where view_name = 'in_words'").fetchall() == [
            ("Years in words",)
        ]
        comments = "select comment from duckdb_columns() where table_name = 'in_words' and comment is not null"
        assert reader.execute(comments).fetchall() == [("The year, said",)]


def test_other_words_for_the_same_figures_are_the_same_release(workspace, build):
    def words():
        with duckdb.connect(str(workspace.published_database), read_only=True) as connection:
            return connection.execute("select comment from duckdb_tables() where comment is not null").fetchall()

    build(10)
    first = release.publish(workspace, INPUTS, descriptions=DESCRIPTIONS)
    again = {"figures": release.Description("Figures, explained better", {})}
    second = release.publish(workspace, INPUTS, descriptions=again)
    assert (second.release_id, second.is_new) == (first.release_id, False)
    assert words() == [("Figures, explained better",)]
    inode = workspace.published_database.stat().st_ino
    release.publish(workspace, INPUTS, descriptions=again)
    assert workspace.published_database.stat().st_ino == inode


def test_a_reader_of_the_old_release_is_not_disturbed(workspace, build):
    build(50_000, year=2023)
    release.publish(workspace, INPUTS)
    reader = subprocess.Popen(
        [sys.executable, "-c", READER, str(workspace.published_database)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert reader.stdout.readline() == "2023\n"
    for year in (2024, 2025, 2026, 2027):  # the last of them removes the reader's release
        build(year=year)
        release.publish(workspace, INPUTS)
        assert workspace.published.is_symlink()
        with duckdb.connect(str(workspace.published_database), read_only=True) as connection:
            assert connection.execute("select * from marts.years").fetchall() == [(year,)]
    output, _ = reader.communicate("go on\n", timeout=30)
    assert output.startswith("(2023, 50000, ")
    assert len(list(workspace.releases.iterdir())) == 3


def test_leftovers_of_killed_publications_are_removed(workspace, build):
    build()
    first = release.publish(workspace, INPUTS)
    (workspace.releases / ".building-4711").mkdir()
    (workspace.releases / ".building-4711" / "helioledger.duckdb").write_text("half")
    (workspace.warehouse / ".published-4711").symlink_to("releases/nowhere")
    build(threads=2)
    assert release.publish(workspace, INPUTS).release_id == first.release_id
    assert [entry.name for entry in workspace.releases.iterdir()] == [first.release_id]
    assert not (workspace.warehouse / ".published-4711").is_symlink()


def test_a_publication_that_fails_leaves_nothing_half_built(workspace, build):
    build()
    first = release.publish(workspace, INPUTS)
    build(year=2025)
    with warehouse.connect(workspace.marts_database) as connection:
        connection.execute("create table main.unpublished as select 1 as figure")
        connection.execute("create view marts.late as select figure from main.unpublished")
        connection.execute("drop table main.unpublished")
    with pytest.raises(duckdb.Error, match="unpublished"):
        release.publish(workspace, INPUTS)
    assert [entry.name for entry in workspace.releases.iterdir()] == [first.release_id]
    assert release.published_manifest(workspace)["release_id"] == first.release_id


def test_a_damaged_release_is_built_again(workspace, build):
    build()
    first = release.publish(workspace, INPUTS)
    (first.folder / "figures.parquet").unlink()
    assert release.published_manifest(workspace) is None
    again = release.publish(workspace, INPUTS)
    assert (again.release_id, again.is_new) == (first.release_id, True)
    assert release.published_manifest(workspace)["rows"] == {"figures": 1000, "years": 1}


def test_going_back_to_a_former_content_points_at_its_release(workspace, build):
    build(year=2023)
    first = release.publish(workspace, INPUTS)
    build(year=2024)
    release.publish(workspace, INPUTS)
    build(year=2023)
    back = release.publish(workspace, INPUTS)
    assert (back.release_id, back.is_new) == (first.release_id, True)
    assert os.readlink(workspace.published) == f"releases/{first.release_id}"


def test_no_marts_nothing_published(workspace):
    with warehouse.open_work(workspace) as connection:
        warehouse.create_raw_tables(connection)
    with pytest.raises(ValueError, match="no marts"):
        release.publish(workspace, INPUTS)
    assert not workspace.published.exists()
    assert release.published_manifest(workspace) is None


def test_release_json_holds_no_time(workspace, build):
    build()
    folder = release.publish(workspace, INPUTS).folder
    manifest = json.loads((folder / "release.json").read_text())
    assert set(manifest) == {"release_id", "inputs", "rows", "parquet_sha256", "descriptions"}


def test_readers_are_pointed_at_a_release_when_its_manifest_is_there(workspace, build):
    """A publication that breaks off between the two leaves the former release published."""
    build(year=2023)
    first = release.publish(workspace, INPUTS)
    build(year=2024)
    second = release.publish(workspace, INPUTS)
    (first.folder / "release.json").unlink()
    (first.folder / "release.json").mkdir()
    build(year=2023)
    with pytest.raises(OSError, match=r"release\.json"):
        release.publish(workspace, INPUTS)
    assert os.readlink(workspace.published) == f"releases/{second.release_id}"
    assert release.published_manifest(workspace)["release_id"] == second.release_id


def test_what_a_publication_was_computed_from_is_compared_part_by_part(workspace):
    current, reference = {"2024-01/a/energy_ledger.csv": ("s1", "l1")}, {"settings": "1", "reference": "2"}
    before = inputs.fingerprint(current, ["s1"], reference)
    assert inputs.differences(before, before) == []
    for part in before:
        assert inputs.differences({**before, part: "other"}, before) == [part.replace("_", " ")]
        assert inputs.differences({name: text for name, text in before.items() if name != part}, before) == [
            part.replace("_", " ")
        ]
    assert inputs.differences({**before, "seeds": "former"}, before) == ["seeds"]
    for changed in (
        inputs.fingerprint({"2024-01/a/energy_ledger.csv": ("s2", "l1")}, ["s1"], reference),
        inputs.fingerprint({"2024-01/a/energy_ledger.csv": ("s1", "l2")}, ["s1"], reference),
        inputs.fingerprint({"2024-01/b/energy_ledger.csv": ("s1", "l1")}, ["s1"], reference),
        inputs.fingerprint(current, ["s0", "s1"], reference),
    ):
        assert inputs.differences(before, changed) == ["submissions"]
    other_settings = inputs.fingerprint(current, ["s1"], {**reference, "settings": "3"})
    assert inputs.differences(before, other_settings) == ["settings"]


def test_a_build_that_begins_takes_back_what_the_former_completed(workspace, parsed_dbt_project):
    """Nothing can be published until every model and check has passed again."""
    parsed_dbt_project(workspace.root)
    workspace.dbt_build.mkdir(parents=True, exist_ok=True)
    transformation.complete_build(workspace, {"seeds": "1"})
    assert transformation.completed_inputs(workspace) == {"seeds": "1"}
    with pytest.raises(transformation.BuildFailed):
        # Nothing is ingested yet, so the first staging model that reads a raw table fails.
        list(transformation.build(workspace, ["--select", "stg_energy_ledger"]))
    assert transformation.completed_inputs(workspace) is None
