"""The restatement bridge over any two versions: every kilogram has one cause, and the causes sum to the difference."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration import closing, comparing
from orchestration.workspace import Workspace

from .conftest import Company

KILOGRAMS = (
    "gross_co2e_kg", "co2e_kg", "co2_kg", "ch4_kg_co2e", "n2o_kg_co2e", "hfcs_kg_co2e", "pfcs_kg_co2e", "sf6_kg_co2e",
    "nf3_kg_co2e", "co2e_unspecified_kg", "other_gases_kg_co2e", "biogenic_co2_kg",
)  # fmt: skip
FIGURE = "facility_id, scope, scope2_method, ghg_protocol_category"
DIESEL = "activity_type = 'diesel_mobile'"
NORTH = "facility_id = 'north' and feed = 'energy_ledger' and activity_type = 'grid_electricity'"
SOUTH = "facility_id = 'south'"


def times(number: str, where: str, columns: tuple[str, ...] = KILOGRAMS) -> str:
    """Multiply columns of lines."""
    sets = ", ".join(f"{column} = ({column} * {number})::decimal(38, 18)" for column in columns)
    return f"update marts.emissions set {sets} where {where}"


def other_bytes(where: str) -> str:
    """The file of lines says something else now."""
    return (
        "update marts.submissions set sha256 = 'other' where submission_id in"
        f" (select submission_id from marts.emissions where {where})"
    )


@dataclass(frozen=True)
class Change:
    """What may happen to an inventory, in SQL, and the causes that tell it. Changes of different lines commute."""

    statements: tuple[str, ...]
    causes: frozenset[str]


CHANGES = {
    "a corrected quantity": Change(
        (
            other_bytes(DIESEL),
            f"update marts.emissions set quantity = quantity * 1.5 where {DIESEL}",
            times("1.5", DIESEL),
        ),
        frozenset({"corrected"}),
    ),
    "a withdrawn file": Change(
        (
            "delete from marts.submissions where submission_id in"
            " (select submission_id from marts.emissions where feed = 'procurement')",
            "delete from marts.emissions where feed = 'procurement'",
        ),
        frozenset({"withdrawn"}),
    ),
    "a late file": Change(
        (
            "insert into marts.submissions by name"
            " select 'late' as submission_id, '2024-04/lab/late.csv' as path, 'late' as sha256",
            "insert into marts.emissions select"
            " * replace ('late' as submission_id, 'late' || emission_id as emission_id) from marts.emissions"
            " where facility_id = 'lab'",
        ),
        frozenset({"new_activity"}),
    ),
    "another factor": Change(
        (
            times("1.25", NORTH + " and scope2_method = 'location'"),
            f"update marts.emissions set factor_id = 'newer' where {NORTH} and scope2_method = 'location'",
            f"update marts.emissions set factor_row_id = 'newer' where {NORTH} and scope2_method = 'location'",
        ),
        frozenset({"factor"}),
    ),
    "other potentials": Change(
        (
            "update marts.emissions set gwp_set = 'AR6', co2e_kg = co2e_kg + hfcs_kg_co2e,"
            " hfcs_kg_co2e = hfcs_kg_co2e * 2, gross_co2e_kg = gross_co2e_kg * 2,"
            " factor_kgco2e_per_unit = factor_kgco2e_per_unit * 2 where hfcs_kg_co2e <> 0",
        ),
        frozenset({"gwp_set"}),
    ),
    "half the share": Change(
        (
            f"update marts.emissions set consolidation_share = consolidation_share / 2 where {SOUTH}",
            times("0.5", SOUTH, KILOGRAMS[1:]),
        ),
        frozenset({"boundary"}),
    ),
    "beyond the boundary": Change(
        (
            "update marts.emissions set boundary_route = 'investment', scope = 3, scope2_method = null,"
            " ghg_protocol_category = 15 where activity_type = 'motor_gasoline_mobile'",
        ),
        frozenset({"boundary"}),
    ),
    "a certificate": Change(
        (
            "update marts.emissions set market_basis = 'instrument', instrument_id = 'GEC-1',"
            f" factor_id = 'instrument:GEC-1', factor_row_id = null where {NORTH} and scope2_method = 'market'",
            times("0", NORTH + " and scope2_method = 'market'"),
        ),
        frozenset({"instruments"}),
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def changed(company: Company, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., comparing.Version]:
    """The company's inventory after some changes, as a version."""

    def make(*names: str) -> comparing.Version:
        database = tmp_path_factory.mktemp("version") / "helioledger.duckdb"
        shutil.copyfile(company.database, database)
        database.chmod(0o644)
        with duckdb.connect(str(database)) as connection:
            # A refrigerant, which the company has none of.
            connection.execute(
                "insert into marts.emissions"
                " select * replace ('hfc' as emission_id, 'fugitive_hfc_134a' as activity_type, co2_kg * 0 as co2_kg,"
                " co2e_kg as hfcs_kg_co2e, 'AR5' as gwp_set, 1 as scope) from marts.emissions"
                f" where {DIESEL}"
            )
            for name in names:
                for statement in CHANGES[name].statements:
                    connection.execute(statement)
            rows = connection.execute("select path, sha256 from marts.submissions").fetchall()
        files = {("submission", path): sha256 for path, sha256 in rows}
        return comparing.of_database(" and ".join(names) or "before", database, files)

    return make


@pytest.fixture(scope="module")
def before(changed: Callable[..., comparing.Version]) -> comparing.Version:
    return changed()


def totals(version: comparing.Version) -> dict[tuple, Decimal]:
    with duckdb.connect(str(version.database), read_only=True) as connection:
        rows = connection.execute(f"select {FIGURE}, sum(co2e_kg) from marts.emissions group by all").fetchall()
    return {tuple(key): kg for *key, kg in rows}


def bridge(company: Company, former: comparing.Version, later: comparing.Version) -> dict[tuple, Decimal]:
    """(facility, scope, method, category, cause) -> kg."""
    with comparing.bridge(Workspace(company.root), former, later) as memory:
        rows = memory.execute(f"select {FIGURE}, cause, sum(co2e_kg) from bridge group by all").fetchall()
    return {tuple(key): kg for *key, kg in rows}


@pytest.mark.parametrize("name", CHANGES)
def test_one_change_is_told_by_its_cause_to_the_last_decimal(name, company, before, changed):
    after = changed(name)
    found = bridge(company, before, after)
    assert {key[-1] for key in found} == CHANGES[name].causes
    assert sum(found.values()) == sum(totals(after).values()) - sum(totals(before).values())
    # And the way back: what came goes.
    mirrored = {"new_activity": "withdrawn", "withdrawn": "new_activity"}
    assert bridge(company, after, before) == {
        (*figure, mirrored.get(cause, cause)): -kg for (*figure, cause), kg in found.items()
    }


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_causes_sum_to_the_difference_whatever_happened_in_whatever_order(data, company, before, changed):
    names = data.draw(st.lists(st.sampled_from(sorted(CHANGES)), unique=True, max_size=len(CHANGES)))
    after = changed(*names)
    found = bridge(company, before, after)
    then, now = totals(before), totals(after)
    differences = {key: now.get(key, Decimal(0)) - then.get(key, Decimal(0)) for key in then | now}
    summed = dict.fromkeys(differences, Decimal(0))
    for key, kg in found.items():
        summed[key[:-1]] += kg
    assert summed == differences
    assert {key[-1] for key in found} == frozenset().union(*(CHANGES[name].causes for name in names))
    assert bridge(company, before, changed(*data.draw(st.permutations(names)))) == found


def test_what_changed_at_once_on_one_line_is_taken_apart_in_the_documented_order(company, before, changed, tmp_path):
    """10 x 2 kg x share 1 become 15 x 3 kg x share 0.5: the quantity +10, the factor +15, the share -22.5."""
    versions = []
    for number, (quantity, factor, share, sha256) in enumerate([("10", "2", "1", "a"), ("15", "3", "0.5", "b")]):
        database = tmp_path / f"{number}.duckdb"
        shutil.copyfile(before.database, database)
        with duckdb.connect(str(database)) as connection:
            connection.execute(
                f"delete from marts.emissions where emission_id <> (select min(emission_id) from marts.emissions"
                f" where {DIESEL} and stage = 'direct')"
            )
            connection.execute(
                f"update marts.emissions set quantity = {quantity}, factor_id = '{factor}', factor_row_id = '{factor}',"
                f" consolidation_share = {share}, gross_co2e_kg = {quantity} * {factor},"
                f" co2e_kg = {quantity} * {factor} * {share}, co2_kg = {quantity} * {factor} * {share}"
            )
            connection.execute(f"update marts.submissions set sha256 = '{sha256}'")
            (lines,) = connection.execute("select count(*) from marts.emissions").fetchone()
        files = {("submission", path): sha256 for _, path in before.files}
        versions.append(comparing.of_database(str(number), database, files))
    assert lines == 1
    found = {key[-1]: kg for key, kg in bridge(company, *versions).items()}
    assert found == {"corrected": 10, "factor": 15, "boundary": Decimal("-22.5")}


def test_versions_of_different_years_are_not_compared(company, before):
    """What one year has and another has not is no change of either."""
    workspace = Workspace(company.root)
    closed = replace(before, name="close:2023.1", year=2023)
    for former, later, year in ((closed, replace(before, year=2024), None), (closed, before, 2024)):
        with (
            pytest.raises(comparing.NoVersion, match="for one year, not for 2023 and 2024"),
            comparing.bridge(workspace, former, later, year),
        ):
            pass
    with (
        pytest.raises(comparing.NoVersion, match="neither before nor before holds 1999"),
        comparing.bridge(workspace, before, before, 1999),
    ):
        pass


def test_reported_figures_have_rows_of_their_own(company, before, tmp_path):
    """30 t of Scope 1 become 31 t, 5 t of Scope 3 in category 1 are new; what is calculated is not touched."""
    versions = []
    for number, statements in enumerate(
        [
            ["(2024, 1, null, 'reported', 30)"],
            ["(2024, 1, null, 'reported', 31)", "(2024, 3, null, 'reported', 5)"],
        ]
    ):
        database = tmp_path / f"{number}.duckdb"
        shutil.copyfile(before.database, database)
        with duckdb.connect(str(database)) as connection:
            for row in statements:
                connection.execute(
                    "insert into marts.scope_emissions (year, scope, scope2_method, basis, co2e_t) values " + row
                )
            if number:
                connection.execute(
                    "insert into marts.category_emissions by name (select 2024 as year, 'reported' as basis,"
                    " 3 as scope, 1 as ghg_protocol_category, 5 as co2e_t)"
                )
        versions.append(comparing.of_database(str(number), database, before.files))
    assert bridge(company, *versions) == {
        (None, 1, None, None, "corrected"): 1000,
        (None, 3, None, 1, "new_activity"): 5000,
    }


def test_canonical_rows_tell_null_from_empty_and_write_numbers_plainly():
    with duckdb.connect() as connection:
        connection.execute(
            "create table rows_of_text (a varchar, b decimal(38, 18), c date, d integer, e decimal(10, 0));"
            "insert into rows_of_text values ('e' || chr(769), 12.50, date '2024-02-29', 10, 100),"
            " (null, 0, null, null, null), ('', -0.5, null, 0, 0), ('\\N', 100, null, 0, 0),"
            " ('a' || chr(9) || 'b' || chr(10) || '\\', 0.000001, null, 1, 1)"
        )
        sql = closing.leaf_sql(connection, "lines", "select * from rows_of_text", ("a", "b", "c", "d", "e"))
        rows = {row[0].removeprefix("lines\t") for row in connection.execute(sql).fetchall()}
    assert rows == {
        "\u00e9\t12.5\t2024-02-29\t10\t100",
        "\\N\t0\t\\N\t\\N\t\\N",
        "\t-0.5\t\\N\t0\t0",
        "\\\\N\t100\t\\N\t0\t0",
        "a\\tb\\n\\\\\t0.000001\t\\N\t1\t1",
    }
