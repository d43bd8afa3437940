"""What was changed after it was taken in or published is noticed by every run, named, and put right."""

import os
import shutil

import pytest

from orchestration import integrity, journal, release, warehouse

LEDGER = "2024-01/BASE/energy_ledger.csv"
ROWS = {table: f"select * from raw.{table} order by all" for table in journal.KEYS}


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """Where the first test leaves a copy of what it took in, for the others."""
    return tmp_path_factory.mktemp("taken-in") / "company"


@pytest.fixture
def taken_in(workspace, deliver, ingest, template):
    """Three files, one of them corrected and one with a refused row, and a publication."""
    if template.exists():
        shutil.rmtree(workspace.root)
        shutil.copytree(template, workspace.root, symlinks=True)
    else:
        deliver(LEDGER, "10", "20")
        deliver("2024-02/BASE/energy_ledger.csv", "30", "x")
        deliver("2024-03/BASE/energy_ledger.csv", "40")
        ingest()
        deliver(LEDGER, "11", "21")
        ingest()
        with warehouse.connect(workspace.marts_database) as connection:
            connection.execute("create schema marts")
            connection.execute("create table marts.figures as select 2024 as year, 1.5::decimal(38, 18) as co2e_t")
        release.publish(workspace, {})
        shutil.copytree(workspace.root, template, symlinks=True)
    assert integrity.check(workspace) == []
    return raw_rows(workspace)


def raw_rows(workspace):
    """The rows of all raw tables."""
    with warehouse.open_work(workspace) as connection:
        return {table: connection.execute(sql).fetchall() for table, sql in ROWS.items()}


def write(workspace, sql):
    with warehouse.open_work(workspace) as connection:
        connection.execute(sql)


def spoil(path):
    """Change one byte, and set the times back to what they were."""
    before = path.stat()
    path.chmod(0o644)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def archived(workspace, sha256):
    return workspace.archive / sha256


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("update raw.energy_ledger set quantity = quantity * 2 where quantity = 40", "raw.energy_ledger"),
        ("update raw.energy_ledger set facility_id = 'PLANT-2' where quantity = 11", "raw.energy_ledger"),
        ("update raw.energy_ledger set quantity = 5 where quantity = 20", "raw.energy_ledger"),
        ("delete from raw.energy_ledger where quantity = 21", "raw.energy_ledger"),
        ("insert into raw.energy_ledger from raw.energy_ledger where quantity = 40", "raw.energy_ledger"),
        (
            "insert into raw.invoices (load_id, quantity) select load_id, 7 from raw.loads limit 1",
            "raw.invoices",
        ),
        ("insert into raw.energy_ledger (load_id, quantity) values ('made up', 7)", "made up"),
        ("delete from raw.intake_findings", "raw.intake_findings"),
        ("update raw.load_sheets set rows_rejected = 0", "raw.load_sheets"),
        ("update raw.submission_versions set received_at = timestamp '2020-01-01'", "raw.submission_versions"),
        ("delete from raw.loads where load_id = (select min(load_id) from raw.loads)", "raw.loads"),
        ("drop table raw.energy_ledger", "raw.energy_ledger"),
    ],
)
def test_a_change_to_the_raw_tables_is_noticed_and_undone(statement, named, workspace, taken_in, capsys):
    write(workspace, statement)
    with pytest.raises(integrity.Altered, match=named) as stop:
        integrity.require(workspace)
    assert "helioledger recover" in str(stop.value)
    assert integrity.recover(workspace, print) == []
    assert integrity.check(workspace) == []
    assert raw_rows(workspace) == taken_in
    assert "set-aside/helioledger.duckdb-1" in capsys.readouterr().out


@pytest.mark.parametrize("fault", ["deleted", "cut", "overwritten", "another's log"])
def test_a_work_database_that_is_gone_or_damaged_is_made_again(fault, workspace, taken_in, raw, ingest, deliver):
    database = workspace.work_database
    current = raw("select * from raw.current_submissions order by all")
    if fault == "deleted":
        database.unlink()
    if fault == "cut":
        os.truncate(database, database.stat().st_size // 3)
    if fault == "overwritten":
        database.write_bytes(b"not a database" * 1000)
    if fault == "another's log":
        database.write_bytes(b"")
    (mismatch,) = integrity.check(workspace)
    assert str(database) in str(mismatch)
    assert "`helioledger recover`" in str(mismatch)
    assert "helioledger recover 修复" in str(mismatch)
    assert integrity.recover(workspace, print) == []
    assert raw_rows(workspace) == taken_in
    assert raw("select * from raw.current_submissions order by all") == current
    # Known versions are known again: nothing is judged, and a former version can come back.
    assert ingest().to_judge == []
    deliver(LEDGER, "10", "20")
    plan = ingest()
    assert (plan.changed, plan.to_judge) == ([LEDGER], [])


def test_each_row_is_kept_by_the_batch_of_its_transaction_alone(workspace, taken_in):
    batches = journal.batches(workspace)
    for table in journal.KEYS:
        kept = [batch.digests(table) for batch in batches if table in batch.tables]
        with warehouse.open_work(workspace) as connection:
            found = journal.digests(connection, f"raw.{table}", journal.KEYS[table], warehouse.RAW_TABLES[table])
        assert sum(map(len, kept)) == len(found)
        assert {identity: said for one in kept for identity, said in one.items()} == found
    assert sum("energy_ledger" in batch.tables for batch in batches) == 2


def test_archived_versions_are_put_back_from_landing_or_said_to_be_lost(workspace, taken_in, capsys):
    versions = {row[2]: row[1] for row in taken_in["submission_versions"]}
    delivered = {journal.sha256_of(file) for file in workspace.landing.glob("*/*/*.csv")}
    (former,) = set(versions) - delivered
    present = min(delivered)
    for sha256 in (former, present):
        spoil(archived(workspace, sha256))
    with pytest.raises(integrity.Altered) as stop:
        integrity.require(workspace)
    assert {mismatch.subject for mismatch in stop.value.mismatches} == {
        str(archived(workspace, sha256)) for sha256 in (former, present)
    }
    left = integrity.recover(workspace, print)
    assert [mismatch.subject for mismatch in left] == [str(archived(workspace, former))]
    assert journal.sha256_of(archived(workspace, present)) == present
    # It blocks until it is brought back or accepted.
    with pytest.raises(integrity.Altered, match="is missing"):
        integrity.require(workspace)
    assert integrity.recover(workspace, print, accept_losses=True) == []
    assert "Accepted as lost" in capsys.readouterr().out
    assert integrity.check(workspace, full=True) == []


@pytest.mark.parametrize("name", ["helioledger.duckdb", "figures.parquet", "release.json"])
def test_a_changed_published_file_is_noticed(name, workspace, taken_in):
    file = workspace.published / name
    spoil(file.resolve())
    with pytest.raises(integrity.Altered, match=name):
        integrity.require(workspace)
    assert integrity.recover(workspace, print) == []
    assert not workspace.published.exists()
    assert release.publish(workspace, {}).is_new
    assert integrity.check(workspace, full=True) == []


def test_a_seal_that_is_gone_is_noticed(workspace, taken_in):
    """Else whoever takes it away could change what it holds the hashes of."""
    (workspace.seals / f"{workspace.published.resolve().name}.json").unlink()
    with pytest.raises(integrity.Altered, match=r"seals.*is missing"):
        integrity.require(workspace)
    assert integrity.recover(workspace, print) == []
    assert release.publish(workspace, {}).is_new
    assert integrity.check(workspace, full=True) == []


def test_a_file_beside_the_published_ones_is_noticed(workspace, taken_in):
    folder = workspace.published.resolve()
    for name in (".release.json", "~$figures.xlsx", "Thumbs.db"):  # what a killed run or an office program leaves
        (folder / name).write_bytes(b"x")
    assert integrity.check(workspace) == []
    (folder / "figures (2).parquet").write_bytes((folder / "figures.parquet").read_bytes())
    with pytest.raises(integrity.Altered, match=r"figures \(2\).parquet is no part of the publication"):
        integrity.require(workspace)
    assert integrity.recover(workspace, print) == []
    assert release.publish(workspace, {}).is_new
    assert integrity.check(workspace, full=True) == []


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("update seeds.factors set co2_kg = 1", "seeds.factors"),
        ("drop table seeds.factors", "seeds.factors"),
        ("insert into raw.reference_emission_factors (factor_id) values ('made up')", "raw.reference_emission_factors"),
        ("update raw.organization set gwp_set = 'AR6'", "raw.organization"),
    ],
)
def test_a_change_to_what_a_build_read_is_noticed_and_built_anew(statement, named, workspace, taken_in):
    write(workspace, "create schema seeds; create table seeds.factors as select 'F' as factor_id, 2 as co2_kg")
    write(workspace, "insert into raw.organization (gwp_set) values ('AR5')")
    integrity.seal_build(workspace)
    assert integrity.check(workspace, full=True) == []
    write(workspace, statement)
    with pytest.raises(integrity.Altered, match=f"{named} in .* was changed"):
        integrity.require(workspace)
    assert integrity.recover(workspace, print) == []
    integrity.require(workspace)
    assert integrity.needs_build(workspace)
    integrity.unseal_build(workspace)  # as the run does that makes them anew
    assert not integrity.needs_build(workspace)


def test_a_published_file_that_is_gone_is_told_by_verify_and_published_anew_by_a_run(workspace, taken_in):
    (workspace.published / "figures.parquet").resolve().unlink()
    integrity.require(workspace)
    (mismatch,) = integrity.check(workspace, full=True)
    assert "figures.parquet is missing" in str(mismatch)
    assert integrity.recover(workspace, print) == []
    assert release.publish(workspace, {}).is_new
    assert integrity.check(workspace, full=True) == []


def test_a_former_release_that_was_changed_is_not_published_again(workspace, taken_in):
    folder = workspace.published.resolve()
    with warehouse.connect(workspace.marts_database) as connection:
        connection.execute("create table marts.more as select 1 as year")
    release.publish(workspace, {})
    spoil(folder / "helioledger.duckdb")
    with warehouse.connect(workspace.marts_database) as connection:
        connection.execute("drop table marts.more")
    assert release.publish(workspace, {}).folder == folder
    assert integrity.check(workspace, full=True) == []


def test_publishing_the_same_again_with_other_inputs_keeps_the_seal(workspace, taken_in):
    for inputs in ({"a": "1"}, {"a": "2"}):
        release.publish(workspace, inputs)
        assert integrity.check(workspace, full=True) == []


@pytest.mark.parametrize("name", ["energy_ledger.parquet", "manifest.json"])
def test_a_changed_journal_is_noticed_and_written_again(name, workspace, taken_in):
    file = workspace.journal / "000001" / name
    if name.endswith("json"):
        file.unlink()
    else:
        spoil(file)
    with pytest.raises(integrity.Altered, match="000001"):
        integrity.require(workspace)
    left = integrity.recover(workspace, print)
    if name.endswith("json"):  # without its digests nobody can tell whether the raw tables are right
        assert left
        return
    assert left == []
    assert integrity.check(workspace, full=True) == []
    workspace.work_database.unlink()
    integrity.recover(workspace, print)
    assert raw_rows(workspace) == taken_in


def test_a_lost_batch_never_makes_a_smaller_database(workspace, taken_in):
    shutil.rmtree(workspace.journal / "000002")
    with pytest.raises(integrity.Altered, match="000002 is missing"):
        integrity.require(workspace)
    assert integrity.recover(workspace, print)
    assert raw_rows(workspace) == taken_in


def test_a_run_killed_between_journal_and_database_goes_on(workspace, taken_in):
    """The journal stands before the database commits."""
    for expected in ("publications", "input_states", "loads"):
        last = journal.batches(workspace)[-1]
        assert expected in last.tables
        lost = [
            f"delete from raw.{table} where list_contains({sorted(last.ids(table))}, {journal.KEYS[table]})"
            for table in last.tables
        ]
        write(workspace, "; ".join(lost))
        assert integrity.check(workspace) == []
        assert raw_rows(workspace) == taken_in
        # For good, so that the batch before it is the last one.
        write(workspace, "; ".join(lost))
        shutil.rmtree(last.folder)
        (workspace.journal / "current.json").unlink(missing_ok=True)
        taken_in = raw_rows(workspace)


def test_a_warehouse_of_before_the_journal_gets_one(workspace, taken_in, ingest):
    shutil.rmtree(workspace.journal)
    shutil.rmtree(workspace.seals)
    assert integrity.check(workspace) == []
    ingest()
    assert len(journal.batches(workspace)) == 1
    assert integrity.check(workspace, full=True) == []
    workspace.work_database.unlink()
    assert integrity.recover(workspace, print) == []
    assert raw_rows(workspace) == taken_in


def test_digests_of_another_duckdb_are_made_anew_from_the_journal(workspace, taken_in):
    for batch in journal.batches(workspace):
        manifest = batch.manifest | {"duckdb": "1.0.0"}
        for kept in manifest["tables"].values():
            kept["digests"] = {key: [rows, "0"] for key, (rows, _) in kept["digests"].items()}
        journal.write_whole(batch.folder / "manifest.json", manifest)
    assert integrity.check(workspace) == []
    write(workspace, "update raw.energy_ledger set quantity = quantity * 2 where quantity = 40")
    assert len(integrity.check(workspace)) == 1


def test_a_sound_file_is_hashed_once(workspace, taken_in):
    """A run that finds nothing to do looks at sizes and times; what those do not show, `verify` does."""
    stamps = integrity.Stamps.load(workspace, full=False)
    file = next(workspace.archive.iterdir())
    assert stamps.is_sound(file, [file.name])
    name = str(file.relative_to(workspace.warehouse))
    stamps.known = {name: [*stamps.known[name][:4], "0" * 64]}
    assert stamps.is_sound(file, ["0" * 64])  # by its stamp alone
    assert not integrity.Stamps(workspace, full=True, known=stamps.known).is_sound(file, ["0" * 64])


def test_a_link_to_a_former_release_is_told_and_put_right_by_publishing(workspace, taken_in):
    former = workspace.published.resolve()
    with warehouse.connect(workspace.marts_database) as connection:
        connection.execute("create table marts.more as select 1 as year")
    latest = release.publish(workspace, {}).folder
    assert integrity.is_behind(workspace) is None
    workspace.published.unlink()
    workspace.published.symlink_to(former.relative_to(workspace.warehouse.resolve()), target_is_directory=True)
    # A run that was killed leaves the same, and is no alteration to the next one.
    integrity.require(workspace)
    (mismatch,) = integrity.check(workspace, full=True)
    assert f"leads to release {former.name}, and the latest is {latest.name}" in str(mismatch)
    assert "`helioledger run`" in str(mismatch)
    assert release.publish(workspace, {}).is_new
    assert integrity.check(workspace, full=True) == []


def test_changed_marts_of_the_latest_build_are_not_published(workspace, taken_in):
    integrity.seal_build(workspace)
    integrity.require_marts(workspace)
    with warehouse.connect(workspace.marts_database) as connection:
        connection.execute("update marts.figures set co2e_t = co2e_t * 2")
    for check in (integrity.require, integrity.require_marts):
        with pytest.raises(integrity.Altered, match=r"release\.duckdb was changed after it was built"):
            check(workspace)
    assert integrity.recover(workspace, print) == []
    assert integrity.needs_build(workspace)
    assert integrity.check(workspace, full=True) == []
