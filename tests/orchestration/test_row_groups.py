"""A large mart's Parquet file: its bytes follow from its rows, unchanged years are taken over, months read alone."""

import random
import shutil

import duckdb
import polars as pl
import pytest

from orchestration import release, row_groups

ORDER = release.Order("period, facility_id, line", "period")


@pytest.fixture
def lines(workspace, monkeypatch):
    """Runs statements on the marts, with files of small row groups; `published` publishes them."""
    monkeypatch.setattr(release, "ROW_GROUP_ROWS", 2048)

    def run(*statements):
        with duckdb.connect(str(workspace.marts_database)) as connection:
            for statement in statements:
                connection.execute(statement)

    run(
        "create schema marts",
        "create table marts.emissions as select (date '2020-01-01' + to_months(i::int % 48))::date as period,"
        " 'plant ' || i % 7 as facility_id, md5(i::varchar) as line, i::decimal(38, 18) as co2e_kg,"
        " case when i % 5 = 0 then 'note ' || i % 3 end as note, i % 2 = 0 as is_even from range(24000) as r(i)"
        f" order by {ORDER.columns}",
    )
    return run


@pytest.fixture
def published(workspace, monkeypatch):
    """Publishes; the file, and the years that were written anew."""
    made, write = [], row_groups.write

    def noted(*arguments):
        made.extend(found := write(*arguments))
        return found

    monkeypatch.setattr(row_groups, "write", noted)

    def publish():
        made.clear()
        folder = release.publish(workspace, {}, orders={"emissions": ORDER}).folder
        return folder / "emissions.parquet", list(made)

    return publish


def test_only_years_that_changed_are_written_and_the_bytes_are_those_of_a_file_from_nothing(
    workspace, lines, published
):
    chance = random.Random(11)
    _, made = published()
    assert made == ["2020", "2021", "2022", "2023"]
    changes = {
        "update marts.emissions set co2e_kg = 1 where period = date '2021-04-01' and facility_id = 'plant 3'": ["2021"],
        "delete from marts.emissions where period = date '2023-12-01'": ["2023"],
        # As partitions are replaced: behind all others.
        "create or replace temp table one as from marts.emissions where period = date '2022-02-01';"
        " delete from marts.emissions where period = date '2022-02-01'; insert into marts.emissions from one": [],
        "insert into marts.emissions values (date '2024-01-01', 'plant 1', 'x', 1, null, null)": ["2024"],
        "insert into marts.emissions values (date '2019-12-01', 'plant 1', 'y', 1, null, null)": ["2019"],
        "insert into marts.emissions values (null, 'plant 1', 'z', 1, null, null)": [""],
        "delete from marts.emissions where period is null or year(period) in (2019, 2024)": [],
        "alter table marts.emissions add column more int": ["2020", "2021", "2022", "2023"],
    }
    order = list(changes)
    chance.shuffle(order)
    for change in order:
        lines(change)
        file, made = published()
        if "add column" in change:
            assert set(changes[change]) <= set(made), change
        elif "is null or" not in change:  # what it deletes may not be there yet
            assert made == changes[change], change
        with duckdb.connect() as connection:
            connection.execute(f"attach '{workspace.marts_database}' as marts (read_only)")
            expected = connection.execute(f"from marts.marts.emissions order by {ORDER.columns}").fetchall()
            assert connection.execute(f"from '{file}'").fetchall() == expected
        assert pl.read_parquet(file).rows() == expected
        if chance.random() < 0.5:
            continue
        content = file.read_bytes()
        # From nothing, and from rows in another order.
        lines("create or replace table marts.emissions as from marts.emissions order by hash(line)")
        shutil.rmtree(workspace.releases)
        (workspace.warehouse / "published").unlink()
        again, made = published()
        assert len(made) >= 4
        assert again.read_bytes() == content, change


def test_a_former_file_that_is_not_what_its_seal_says_gives_nothing(lines, published):
    file, _ = published()
    content = bytearray(file.read_bytes())
    content[100] ^= 1
    file.chmod(0o644)
    file.write_bytes(content)
    lines("delete from marts.emissions where period = date '2023-12-01'")
    after, made = published()
    assert made == ["2020", "2021", "2022", "2023"]
    assert len(pl.read_parquet(after)) == 23_500


@pytest.mark.parametrize(
    "content",
    [b"", b"PAR1", b"no Parquet file at all", b"PAR1\x15\x02\x03\x00\x00\x00PAR1", b"PAR1\xff\xff\xff\x7fPAR1"],
)
def test_a_file_that_was_not_written_in_parts_is_told(tmp_path, content):
    file = tmp_path / "other.parquet"
    file.write_bytes(content)
    with pytest.raises(row_groups.NotAsExpected):
        row_groups._parts_of(file)
    made = row_groups.write(
        tmp_path / "new.parquet",
        [row_groups.Part("a", "1")],
        lambda part, target: pl.DataFrame({"n": [1, 2]}).write_parquet(target),
        file,
    )
    assert made == ["a"]
    assert pl.read_parquet(tmp_path / "new.parquet")["n"].to_list() == [1, 2]


def test_a_reader_of_one_month_needs_no_byte_of_other_years(lines, published, tmp_path):
    """All row groups that the statistics of `period` rule out are overwritten: the month is read all the same."""
    file, _ = published()
    month = "2021-07-01"
    with duckdb.connect() as connection:
        expected = connection.execute(
            f"select count(*), sum(co2e_kg) from '{file}' where period = date '{month}'"
        ).fetchone()
        groups = connection.execute(
            "select row_group_id, min(coalesce(dictionary_page_offset, data_page_offset)),"
            " sum(total_compressed_size)::bigint,"
            " max(stats_min_value) filter (path_in_schema = 'period'),"
            " max(stats_max_value) filter (path_in_schema = 'period')"
            f" from parquet_metadata('{file}') group by all order by all"
        ).fetchall()
    needed = [group for group in groups if group[3] <= month <= group[4]]
    assert (len(groups), len(needed)) == (12, 1)  # 6,000 lines of a year in three row groups
    holed = tmp_path / "holed.parquet"
    content = bytearray(file.read_bytes())
    for group in groups:
        if group not in needed:
            content[group[1] : group[1] + group[2]] = bytes(group[2])
    holed.write_bytes(content)
    with duckdb.connect() as connection:
        query = f"select count(*), sum(co2e_kg) from '{holed}' where period = date '{month}'"
        assert connection.execute(query).fetchone() == expected
        with pytest.raises(duckdb.Error):
            connection.execute(f"select sum(co2e_kg) from '{holed}'").fetchall()
    of_month = pl.scan_parquet(holed).filter(pl.col("period") == pl.date(2021, 7, 1)).collect()
    assert (len(of_month), of_month["co2e_kg"].sum()) == expected


def test_parts_with_other_columns_than_the_former_ones_are_not_put_beside_them(tmp_path):
    def write(former, second, **columns):
        parts = [row_groups.Part("a", "1"), row_groups.Part("b", second)]
        frame = pl.DataFrame({"n": [1, 2], **columns})
        return row_groups.write(
            tmp_path / f"{second}.parquet", parts, lambda part, file: frame.write_parquet(file), former
        )

    assert write(None, "2") == ["a", "b"]
    assert write(tmp_path / "2.parquet", "3") == ["b"]
    assert write(tmp_path / "3.parquet", "4", more=["x", "y"]) == ["a", "b"]
    assert pl.read_parquet(tmp_path / "4.parquet").rows() == [(1, "x"), (2, "y")] * 2
    frames = iter([pl.DataFrame({"n": [1]}), pl.DataFrame({"m": [1]})])
    with pytest.raises(row_groups.NotAsExpected, match="different columns"):
        row_groups.write(
            tmp_path / "5.parquet",
            [row_groups.Part("a", "1"), row_groups.Part("b", "1")],
            lambda part, file: next(frames).write_parquet(file),
            None,
        )
