"""Closed years: what they hold does not change, what would change is said, and a change of a byte is found."""

import importlib.util
import json
import shutil
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from orchestration import closing, integrity, journal, merkle, timeline, warehouse
from orchestration.workspace import Workspace

from .conftest import EXAMPLES, Company

BY_FIGURE = (
    "select coalesce(scope2_method, scope::varchar), sum(co2e_kg) from emissions where scope is not null group by 1"
)


@pytest.fixture
def workspace(company: Company, copied: Callable[..., Path]) -> Workspace:
    return Workspace(copied(company.root, with_warehouse=True))


def act(workspace: Workspace, action: str, year: int = 2024, reason: str = "annual report") -> closing.Close:
    with warehouse.open_work(workspace) as connection:
        return closing.act(connection, workspace, action, year, reason)


def write(workspace: Workspace, sql: str) -> None:
    with warehouse.open_work(workspace) as connection:
        connection.execute(sql)


def problems(workspace: Workspace) -> list[tuple[str, str, str]]:
    with warehouse.open_work(workspace) as connection:
        return list(closing.problems(connection))


def test_the_same_content_has_the_same_digest_anywhere(workspace, company, copied):
    first = act(workspace, "close")
    assert first.close_id == "2024.1"
    act(workspace, "reopen", reason="a second look")
    second = act(workspace, "close", reason="another reason")
    assert (second.version, second.digest) == (2, first.digest)
    other = act(workspace, "reopen", reason="a third look")
    assert (other.close_id, act(workspace, "close").close_id) == ("2024.2.reopened", "2024.3")
    elsewhere = act(Workspace(copied(company.root, with_warehouse=True)), "close", reason="elsewhere")
    assert elsewhere.digest == first.digest
    assert problems(workspace) == []
    assert integrity.check(workspace, full=True) == []
    with warehouse.open_work(workspace) as connection:
        log = closing.acts(connection)
    assert [one["previous_digest"] for one in log] == [None, *[first.digest] * 4]
    assert [one["version"] for one in log] == [1, 1, 2, 2, 3]


def test_what_cannot_be_closed_is_refused_and_why(workspace):
    with pytest.raises(closing.NotClosable, match="no figure of 1999"):
        act(workspace, "close", 1999)
    with pytest.raises(closing.NotClosable, match="2024 is not closed"):
        act(workspace, "reopen")
    with pytest.raises(closing.NotClosable, match="a reason is needed"):
        act(workspace, "close", reason=" ")
    act(workspace, "close")
    with pytest.raises(closing.NotClosable, match=r"2024 is closed \(version 1\)"):
        act(workspace, "close")


def test_the_base_year_is_closed_anew_only_with_an_event_that_says_why(workspace):
    act(workspace, "close")  # 2024, the base year
    act(workspace, "reopen")
    with warehouse.open_work(workspace) as connection:
        log = closing.acts(connection)
        connection.execute("create temp table closing_figures as select * exclude (close_id) from raw.closed_figures")
        closing.require_event(connection, 2024, log[-1])
        connection.execute("update closing_figures set co2e_t = co2e_t + 1 where scope = 1")
        closing.require_event(connection, 2023, log[-1])
        with pytest.raises(closing.NotClosable, match="holds no new event that says why"):
            closing.require_event(connection, 2024, log[-1])
        # An event that was there when the year was closed explains nothing that changed since.
        connection.execute("insert into raw.reference_base_year_events (event_id, kind) values ('old', 'error')")
        with pytest.raises(closing.NotClosable, match="holds no new event that says why"):
            closing.require_event(connection, 2024, log[-1])
        connection.execute(
            "insert into raw.input_states select '999999', max(recorded_at) from raw.input_states;"
            " insert into raw.input_changes values ('999999', 'reference', 'reference/base_year_events.csv', 'new')"
        )
        closing.require_event(connection, 2024, log[-1])


def test_a_close_is_of_what_is_published(workspace):
    """What was taken in and not published, as by a run that a check stopped, is closed by no one."""
    write(workspace, "update raw.reference_fingerprint set hash = 'other' where part = 'settings'")
    with pytest.raises(closing.NotClosable, match="settings changed since the publication"):
        act(workspace, "close")


def test_the_database_itself_refuses_to_change_what_is_closed(workspace):
    act(workspace, "close")
    for statement in (
        "update raw.closed_lines set co2e_kg = 0",
        "delete from raw.closed_figures",
        "update raw.closes set reason = 'another'",
        "truncate raw.closed_rows",
        "insert into raw.closed_lines select * from raw.closed_lines limit 1",
        "insert into raw.closed_figures by name"
        " select '2024.1' as close_id, 'calculated' as basis, 3 as scope, 1 as co2e_t",
        "insert into raw.closes select * from raw.closes",
    ):
        with pytest.raises(duckdb.Error, match="a closed year is never changed"):
            write(workspace, statement)
    assert problems(workspace) == []
    # It cannot keep anybody from dropping what refuses, nor a table: that is found, and the trigger made again.
    write(workspace, "drop trigger closed_lines_delete on raw.closed_lines; delete from raw.closed_lines")
    assert problems(workspace) == [("2024.1", "does not give its digest", "与其摘要不符")]
    assert integrity.recover(workspace, print) == []
    with pytest.raises(duckdb.Error, match="a closed year is never changed"):
        write(workspace, "delete from raw.closed_lines")


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("closed_lines", "co2e_kg + 0.000000000000000001 as co2e_kg"),
        ("closed_figures", "co2e_t + 0.000000000000000000001 as co2e_t"),
        ("closed_rows", "leaf || ' ' as leaf"),
        ("closes", "reason || '.' as reason"),
        ("closes", "recorded_at + interval 1 second as recorded_at"),
        ("closes", "translate(digest, '0123456789', '1234567890') as digest"),
    ],
)
def test_one_changed_byte_is_found_and_put_right(workspace, table, change):
    act(workspace, "close")
    act(workspace, "reopen")
    # As somebody would who has the file and knows how to go around what refuses it.
    write(workspace, f"create or replace table raw.{table} as select * replace ({change}) from raw.{table}")
    assert {close_id for close_id, *_ in problems(workspace)} & {"2024.1", "2024.1.reopened"}
    assert any(str(found).startswith("Close 2024.1") for found in integrity.check(workspace))
    assert integrity.recover(workspace, print) == []
    assert problems(workspace) == []


@pytest.mark.parametrize("gone", ["2024.1", "2024.1.reopened", "2024.2", None])
def test_an_act_that_is_gone_or_in_another_place_breaks_the_log(workspace, gone):
    """As somebody would who knows of the journal too, and of the order of the acts."""
    for action in ("close", "reopen", "close"):
        act(workspace, action)
    if gone is None:
        write(
            workspace,
            "create or replace table raw.closes as select * replace (case number when 1 then 3 when 3 then 1"
            " else number end as number) from raw.closes",
        )
        assert {close_id for close_id, *_ in problems(workspace)} == {"2024.1", "2024.1.reopened", "2024.2"}
        return
    (batch,) = [one for one in journal.batches(workspace) if gone in one.ids("closes")]
    shutil.rmtree(batch.folder)
    for table in warehouse.CLOSED_TABLES:
        write(workspace, f"create or replace table raw.{table} as from raw.{table} where close_id <> '{gone}'")
    later = [close_id for close_id in ("2024.1.reopened", "2024.2") if close_id > gone]
    assert [close_id for close_id, said, _ in problems(workspace) if "continue the log" in said] == later
    assert any(str(batch.folder) in str(found) for found in integrity.check(workspace, full=True))


def test_a_line_is_proved_with_nothing_but_its_row_and_the_digest(workspace, company):
    digest = act(workspace, "close").digest
    emission_id = company.value("select max(emission_id) from emissions")
    with warehouse.open_work(workspace) as connection:
        proof = closing.prove(connection, emission_id)
        assert closing.prove(connection, "no such line") is None
        assert closing.prove(connection, emission_id, "2023") is None
        assert (
            closing.prove(connection, emission_id, "2024") == closing.prove(connection, emission_id, "2024.1") == proof
        )
    assert proof.holds
    assert emission_id in proof.leaf.split("\t")
    path = [bytes.fromhex(one) for one in proof.path]
    row = proof.leaf.encode()
    assert merkle.is_included(proof.index, proof.size, merkle.leaf_hash(row), path, bytes.fromhex(digest))
    assert not merkle.is_included(proof.index, proof.size, merkle.leaf_hash(row + b" "), path, bytes.fromhex(digest))


def test_what_was_known_before_the_history_begins_is_told_by_the_times_of_receipt(workspace):
    with warehouse.open_work(workspace) as connection:
        ((first, last),) = connection.execute(
            "select min(received_at), max(received_at) from raw.submission_versions"
        ).fetchall()
        begun = connection.execute("select min(recorded_at) from raw.input_states").fetchone()[0]
        with pytest.raises(timeline.NothingKnown, match=f"the first file was received, .* at {first}"):
            timeline.known_at(connection, first - timedelta(microseconds=1))
        early, is_kept = timeline.known_at(connection, first)
        assert not is_kept
        assert "reference/facilities.csv" in {path for kind, path in early if kind == "reference"}
        assert len([1 for kind, _ in early if kind == "submission"]) >= 1
        whole, is_kept = timeline.known_at(connection, max(last, begun))
        assert is_kept
        assert len([1 for kind, _ in whole if kind == "submission"]) == 10


def test_every_average_of_the_newer_announcement_stands_in_the_table_that_is_tried(tmp_path):
    """Country, seven regions and thirty provinces: a value of 2023 for each of 2022 that holds in 2024."""
    (tmp_path / "reference").mkdir()
    shutil.copy(EXAMPLES / "ja-solar" / "reference" / "emission_factors.csv", tmp_path / "reference")
    spec = importlib.util.spec_from_file_location("story", EXAMPLES / "tell_ja_solar_story.py")
    story = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(story)
    _, own = story.read(tmp_path / "reference" / "emission_factors.csv")
    _, tried = story.read(story.grid_factors(tmp_path) / "emission_factors.csv")
    _, shared = story.read(story.SEEDS / "emission_factors.csv")

    def values(rows, vintage):
        return {row["geography"]: row["co2_kg"] for row in rows if row["factor_id"].startswith(f"cn_grid_{vintage}_")}

    location = [row for row in shared if row["scope2_method"] == "location"]
    assert len(tried) == len(own) + 38
    assert values(tried, 2023) == values(location, 2023)
    assert set(values(tried, 2023)) == set(values(location, 2022))
    assert values(tried, 2023)["CHN"] == "0.5306"
    assert {(row["valid_from"], row["valid_to"]) for row in tried if row["factor_id"].endswith("_for_2024")} == {
        ("2024-01-01", "2024-12-31")
    }


def test_a_date_is_its_end_where_the_organisation_is():
    assert timeline.moment_of("2025-04-15", "Asia/Shanghai").isoformat() == "2025-04-15T15:59:59.999999"
    assert timeline.moment_of("20250415", "Asia/Shanghai").isoformat() == "2025-04-15T15:59:59.999999"
    # A second is named whole, as a day is; what is printed with its microseconds is that moment.
    assert timeline.moment_of("2025-04-15 10:00:00", "Asia/Shanghai").isoformat() == "2025-04-15T10:00:00.999999"
    assert timeline.moment_of("2025-04-15 10:00:00.25", "Asia/Shanghai").isoformat() == "2025-04-15T10:00:00.250000"
    assert timeline.moment_of("2025-04-15T10:00:00+08:00", "UTC").isoformat() == "2025-04-15T02:00:00.999999"
    with pytest.raises(ValueError, match="Invalid"):
        timeline.moment_of("last April", "UTC")


def test_a_year_closed_corrected_and_closed_anew(workspace, helioledger, publish, tmp_path):
    """Late invoices, a corrected ledger, a withdrawn file and another factor after the close."""
    root = workspace.root
    company = Company(root)

    def run(*arguments: object) -> str:
        finished = helioledger(*arguments, "--workspace", root)
        assert finished.returncode == 0, finished.stdout + finished.stderr
        return finished.stdout

    # Nothing is closed yet.
    refused = helioledger("reopen", "2024", "--reason", "too early", "--workspace", root)
    assert (refused.returncode, "2024 is not closed" in refused.stderr) == (1, True), refused.stderr
    digest = act(workspace, "close").digest
    before = dict(company.rows(BY_FIGURE))
    scope_1 = company.value("select sum(co2e_t) from scope_emissions where scope = 1")

    south = root / "landing" / "2024-02" / "south" / "energy_ledger.csv"
    south.write_text(_doubled(south))
    (root / "landing" / "2024-04" / "lab").mkdir(parents=True, exist_ok=True)
    (root / "landing" / "2024-04" / "lab" / "energy_ledger-late.csv").write_text(
        "period,facility_id,activity_type,quantity,unit\n2024-04,lab,natural_gas_stationary,10,therm\n"
    )
    (root / "landing" / "2024-04" / "north" / "energy_ledger-gasoline.csv").unlink()
    factors = root / "reference" / "emission_factors.csv"
    factors.write_text(factors.read_text().replace(",1200,AR5", ",1300,AR5"))
    (root / "reference" / "base_year_events.csv").write_text(
        "event_id,kind,effective_on,delta_base_co2e_t,document\nlate,error,2024-12-31,-1,letter of 2025-03-01\n"
    )
    publish(root)

    with warehouse.open_work(workspace) as connection:
        kept = connection.execute("select event_id, scope, effect_t, decision from raw.published_events").fetchall()
    # Of a base year without twelve months nothing can be decided.
    assert kept == [("late", "1;2", -1, "accumulated")]

    ((*closed, closed_at),) = company.rows(
        "select version, digest, scope_1_calculated_t, closed_at from closed_inventories"
    )
    assert closed == [1, digest, scope_1]
    after = dict(company.rows(BY_FIGURE))
    moved = dict(
        company.rows(
            "select coalesce(scope2_method, scope::varchar), sum(co2e_t) * 1000 from restatement_bridge"
            " where scope is not null group by 1"
        )
    )
    assert moved == {key: after[key] - before[key] for key in after if after[key] != before[key]}
    causes = {cause for (cause,) in company.rows("select distinct cause from pending_restatements")}
    assert causes == {"corrected", "new_activity", "withdrawn", "factor"}
    pending = company.rows(
        "select distinct closed_co2e_t, restated_co2e_t from pending_restatements where figure = 'scope_1'"
    )
    assert pending == [(scope_1, company.value("select sum(co2e_t) from scope_emissions where scope = 1"))]
    # The laboratory is beyond the boundary: 10 therms are an investment's.
    late = company.rows(
        "select figure, cause, co2e_t::decimal(18, 6) from pending_restatements where facility_id = 'lab'"
    )
    assert late == [("facility:lab:scope_3", "new_activity", Decimal("0.021228"))]

    # As of the close, the close; what was closed by then is.
    then = run("run", "--as-of", closed_at.isoformat(), "--warehouse", tmp_path / "then")
    assert f"Digest of 2024 摘要: {digest}" in then
    with duckdb.connect(str(tmp_path / "then" / "published" / "helioledger.duckdb"), read_only=True) as known:
        assert known.execute("select close_id, digest from marts.closed_inventories").fetchall() == [("2024.1", digest)]
        assert known.execute("select count(*) from marts.pending_restatements").fetchall() == [(0,)]
    compared = json.loads(run("compare", "close:2024", "current", "--format", "json"), parse_float=Decimal)
    assert sum(row["co2e_t"] for row in compared if row["scope"]) == sum(moved.values()) / 1000

    act(workspace, "reopen", reason="late invoices")
    closed = run("close", "2024", "--reason", "restated")
    assert "version 2" in closed
    # North sends electricity and gasoline of January, south joins half-way through February.
    assert "whole in 1 of 12 months" in closed
    assert company.value("select count(*) from publications") == 3
    assert company.rows("from pending_restatements") == []
    pairs = company.rows("select distinct from_version, to_version from restatement_bridge")
    assert pairs == [("close:2024.1", "close:2024.2")]
    assert "Everything is as it was" in run("verify")


def _doubled(file: Path) -> str:
    head, *rows = file.read_text().splitlines()
    column = head.split(",").index("quantity")
    changed = [row.split(",") for row in rows]
    for row in changed:
        row[column] = str(Decimal(row[column]) * 2)
    return "\n".join([head, *(",".join(row) for row in changed)]) + "\n"
