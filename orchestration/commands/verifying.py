"""What a verifier uses: `trace`, `pack`, `sample`, `uncertainty`."""

import contextlib
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestration.commands import STOPPED, Language, WorkspaceOption, WrongUse, app
from orchestration.console import complain, say
from orchestration.workspace import Workspace

if TYPE_CHECKING:
    import duckdb

FacilityOption = Annotated[str | None, typer.Option("--facility", metavar="ID", help="Lines of this facility.")]


@contextlib.contextmanager
def published(workspace: Workspace) -> "Iterator[duckdb.DuckDBPyConnection]":
    """A connection to the published marts. Ends the command where there are none, or they cannot be opened."""
    from orchestration import warehouse

    if not workspace.published_database.is_file():
        raise WrongUse(f"Nothing is published in {workspace.root} yet; `helioledger run` does.")
    try:
        with warehouse.connect(workspace.published_database, read_only=True, on_wait=complain) as connection:
            connection.execute("set schema = 'marts'")
            yield connection
    except (warehouse.WarehouseBusy, warehouse.WarehouseUnreadable) as error:
        complain(f"helioledger: {error}")
        raise typer.Exit(STOPPED) from None


def release_id(workspace: Workspace) -> str:
    from orchestration import release

    return (release.published_manifest(workspace) or {}).get("release_id", "")


@app.command(
    epilog="Example: helioledger trace --facility jinan --period 2019-03 --scope 2 --scope2-method market --output DIR"
)
def trace(
    emission_ids: Annotated[
        list[str] | None, typer.Argument(metavar="[EMISSION_ID]...", help="Lines of the mart emissions.")
    ] = None,
    facility: FacilityOption = None,
    period: Annotated[
        str | None, typer.Option("--period", metavar="YYYY[-MM]", help="Lines of this month or year.")
    ] = None,
    scope: Annotated[int | None, typer.Option("--scope", min=1, max=3, help="Lines of this scope.")] = None,
    scope2_method: Annotated[
        str | None, typer.Option("--scope2-method", metavar="location|market", help="Which of the two Scope 2 figures.")
    ] = None,
    category: Annotated[
        int | None, typer.Option("--category", min=1, max=15, help="Lines of this Scope 3 category.")
    ] = None,
    activity_type: Annotated[
        str | None, typer.Option("--activity-type", metavar="CODE", help="Lines of this activity type.")
    ] = None,
    sample: Annotated[
        Path | None, typer.Option("--sample", metavar="XLSX", help="The lines of a workbook of `helioledger sample`.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON; decimals with all their digits.")] = False,
    language: Annotated[Language, typer.Option("--language", help="Language of the text.")] = Language.en,
    output: Annotated[
        Path | None,
        typer.Option("--output", metavar="DIR", help="Write trace.html, trace.json and the source files there."),
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Walk published lines back to the cells they came from, and write their product out.

    Of a line, or of all lines behind a figure: delivered cells, conversions, each value of the factor with its
    publication, and the product with all its digits.
    """
    from orchestration import tracing

    opened = Workspace.open(workspace)
    conditions, parameters = _figure(facility, period, scope, scope2_method, category, activity_type)
    ids = list(emission_ids or ())
    if sample:
        from orchestration import sampling

        ids.extend(item.emission_id for item in sampling.read_workbook(sample).items)
    if ids:
        conditions.append("list_contains(?, emission_id)")
        parameters.append(ids)
    if not conditions:
        raise WrongUse("name a line (EMISSION_ID), or a figure (--facility, --period, --scope ...).")
    with published(opened) as connection:
        where = " and ".join(conditions)
        ((count, total, methods, present),) = connection.execute(
            "select count(*), cast(sum(co2e_kg) filter (scope is not null) * 0.001 as decimal(38, 21)),"
            f" count(distinct scope2_method), list(emission_id) filter ({bool(ids)}) from emissions where {where}",
            parameters,
        ).fetchall()
        if not count:
            say("No such line is published.")
            raise typer.Exit(STOPPED)
        if missing := sorted(set(ids) - set(present or ())):
            complain(f"Not among the published lines: {', '.join(missing)}.")
        if methods > 1 and not ids:
            raise WrongUse("the two Scope 2 methods are alternatives; choose --scope2-method location or market.")
        if count > tracing.MOST_LINES:
            raise WrongUse(
                f"{count:,} lines stand behind this, and {tracing.MOST_LINES:,} at most are written out; name a"
                " month, a facility or a scope."
            )
        found = tracing.traces(opened, connection, where, parameters)
        notices = connection.execute("select data_notice, data_notice_zh from organization").fetchone()
        head = {"release_id": release_id(opened), "data_notice": notices[0], "data_notice_zh": notices[1]}
        if methods <= 1:
            head["sum_co2e_t"] = total
        if not ids and not activity_type:
            head["published_co2e_t"] = _published_sum(connection, facility, period, scope, scope2_method, category)
    if output:
        for file in tracing.write(found, head, output):
            say(str(file))
    elif json:
        say(tracing.as_json(found, head).rstrip("\n"))
    else:
        say(tracing.as_text(found, head, language.value).rstrip("\n"))


def _figure(
    facility: str | None,
    period: str | None,
    scope: int | None,
    scope2_method: str | None,
    category: int | None,
    activity_type: str | None,
) -> tuple[list[str], list[Any]]:
    """The lines behind a figure, as SQL conditions and their parameters."""
    from orchestration.landing import MONTH

    conditions, parameters = [], []
    for column, value in (
        ("facility_id", facility),
        ("scope", scope),
        ("ghg_protocol_category", category),
        ("activity_type", activity_type),
    ):
        if value is not None:
            conditions.append(f"{column} = ?")
            parameters.append(value)
    if period is not None:
        if MONTH.fullmatch(period):
            conditions.append("period = cast(? || '-01' as date)")
        elif period.isdigit() and len(period) == 4:
            conditions.append("year(period) = cast(? as integer)")
        else:
            raise WrongUse(f"{period!r} is no month or year; write it as 2024-03 or 2024.")
        parameters.append(period)
    if scope2_method is not None:
        if scope2_method not in ("location", "market"):
            raise WrongUse(f"{scope2_method!r} is no Scope 2 method; there are location and market.")
        conditions.append("(scope2_method is null or scope2_method = ?)")
        parameters.append(scope2_method)
    return conditions, parameters


def _published_sum(
    connection: Any,
    facility: str | None,
    period: str | None,
    scope: int | None,
    scope2_method: str | None,
    category: int | None,
) -> Any:
    conditions, parameters = _figure(facility, period, scope, scope2_method, category, None)
    where = " and ".join(conditions) or "true"
    return connection.execute(
        f"select cast(sum(co2e_t) as decimal(38, 21)) from facility_emissions where {where}", parameters
    ).fetchone()[0]


@app.command(epilog="Example: helioledger pack --year 2023 --output pack-2023")
def pack(
    year: Annotated[int, typer.Option("--year", help="The year whose lines are packed.")],
    output: Annotated[Path, typer.Option("--output", metavar="DIR", help="An empty folder, or one to be made.")],
    facility: Annotated[
        list[str] | None, typer.Option("--facility", metavar="ID", help="Only this facility; may be repeated.")
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Pack a year so that anybody performs it again with nothing but a DuckDB.

    Inputs as Parquet, plain SQL, hashes and a README in both languages. The pack is run before it is handed out, and
    must come back to every published line and figure.
    """
    from orchestration import packing, warehouse

    opened = Workspace.open(workspace)
    with published(opened):
        try:
            made = packing.write(opened, year, output, facility or ())
        except ValueError as error:
            raise WrongUse(str(error)) from None
        except (packing.PackDiffers, warehouse.WarehouseBusy, warehouse.WarehouseUnreadable) as error:
            complain(f"helioledger: the pack does not come back to what is published. {error}")
            raise typer.Exit(STOPPED) from None
    say(made.outcome)
    say(f"{made.lines:,} lines, {made.withheld:,} withheld: {made.folder}")
    say(f"SHA-256 of hashes.csv, which stands for all files: {made.digest}")


@app.command(
    epilog='Example: helioledger sample --year 2023 --scope "1;2" --confidence 0.95 --materiality 0.05 --seed 20240415'
    " --output sample.xlsx"
)
def sample(
    year: Annotated[int | None, typer.Option("--year", help="The year whose lines are sampled.")] = None,
    scope: Annotated[str, typer.Option("--scope", metavar="LIST", help="Scopes, separated by ;.")] = "1;2",
    confidence: Annotated[
        float, typer.Option("--confidence", help="How sure the limit is to hold.", min=0.5, max=0.999)
    ] = 0.95,
    materiality: Annotated[
        float | None, typer.Option("--materiality", help="Tolerable share; by default the organisation's.")
    ] = None,
    expected: Annotated[float, typer.Option("--expected", help="Share of misstatement that is expected.")] = 0.0,
    seed: Annotated[str | None, typer.Option("--seed", help="Gives the random start; publish it.")] = None,
    output: Annotated[Path, typer.Option("--output", metavar="XLSX", help="The workbook for the verifier.")] = Path(
        "sample.xlsx"
    ),
    evaluated: Annotated[
        Path | None,
        typer.Option("--evaluate", metavar="XLSX", help="What a workbook that was filled in says of the population."),
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep it in reference/verification_samples.csv, for the next publication.")
    ] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Draw the lines that a verifier examines, by tonnes, or evaluate what was found in them.

    A population per scope, and per method in Scope 2. Lines of at least the interval are all taken, of the others one
    per interval from the start that the seed gives; lines of zero and below stand apart.
    """
    from decimal import Decimal

    from orchestration import sampling
    from orchestration.console import print_table, rounded

    opened = Workspace.open(workspace)
    if evaluated:
        try:
            drawn = sampling.read_workbook(evaluated)
            found = [
                sampling.evaluate(
                    population,
                    [item for item in drawn.items if item.population == population.name],
                    float(drawn.confidence),
                    float(drawn.materiality),
                )
                for population in drawn.populations
            ]
        except (sampling.NotASample, ValueError) as error:
            raise WrongUse(str(error)) from None
        columns = ["population", "examined", "misstated", "found t", "projected +", "projected -", "limit +", "limit -"]
        columns += ["wrong items up to", "materiality t", "within"]
        rows = [
            (
                one.population, one.examined, one.misstated, *(
                    rounded(value)
                    for value in (
                        one.known_t, one.projected_over_t, one.projected_under_t, one.upper_t, one.lower_t
                    )
                ),
                f"{one.deviation_rate:.1%}", rounded(one.materiality_t), "yes" if one.is_within else "NO",
            )
            for one in found
        ]  # fmt: skip
        said = f"{drawn.sample_id}: year {drawn.year}, confidence {drawn.confidence}, materiality {drawn.materiality}"
        print_table(f"{said}; t CO2e, + overstated", columns, rows, columns[1:])
        _print_known(opened, drawn.year)
    else:
        if year is None or seed is None:
            raise WrongUse("--year and --seed are needed to draw a sample.")
        try:
            scopes = [int(part) for part in scope.replace(",", ";").split(";")]
        except ValueError:
            raise WrongUse(f"{scope!r} is no list of scopes; write it as 1;2.") from None
        with published(opened) as connection:
            (share,) = connection.execute("select materiality from organization").fetchone()
            try:
                drawn = sampling.draw(
                    connection, release_id(opened), year, scopes, Decimal(str(confidence)),
                    Decimal(str(materiality)) if materiality is not None else share, Decimal(str(expected)), seed,
                )  # fmt: skip
            except ValueError as error:
                raise WrongUse(str(error)) from None
        columns = ["population", "lines", "t CO2e", "size", "interval t", *sampling.STRATA]
        rows = [
            (
                one.name, one.lines, rounded(one.total_t), one.size, rounded(one.interval_t),
                *(
                    sum(item.population == one.name and item.stratum == stratum for item in drawn.items)
                    for stratum in sampling.STRATA
                ),
            )
            for one in drawn.populations
        ]  # fmt: skip
        print_table(f"{drawn.sample_id}, seed {seed}, publication {drawn.release_id}", columns, rows, columns[1:])
        say(f"Workbook for the verifier: {sampling.write_workbook(drawn, output)}")
        say(f"Traces with the source files: helioledger trace --sample {output} --output DIR")
    if keep:
        say(f"Kept: {sampling.keep(opened, drawn)}; the next run publishes it as verification_samples.")


def _print_known(workspace: Workspace, year: int) -> None:
    """What the ledger's own cross-checks found, beside what the sample says."""
    from orchestration.console import percent, print_table, rounded

    with published(workspace) as connection:
        rows = connection.execute(
            "select coalesce('Scope ' || scope, 'Scopes 1 and 2'), differences, signed_misstatement_t,"
            " absolute_misstatement_t, absolute_share, is_material from misstatements where year = ? order by scope",
            [year],
        ).fetchall()
        ((number, stake),) = connection.execute(
            "select count(*), sum(co2e_at_stake_t) from findings where co2e_at_stake_t is not null"
            " and year(period) = ?",
            [year],
        ).fetchall()
    if rows:
        columns = ["known differences", "number", "signed t", "absolute t", "share", "material"]
        shown = [
            (name, count, rounded(signed), rounded(absolute), percent(share), "YES" if material else "no")
            for name, count, signed, absolute, share, material in rows
        ]
        print_table("Ledger against documents (misstatements)", columns, shown, columns[1:])
    say(f"Findings of the year with emissions at stake: {number}, {rounded(stake or 0)} t CO2e.")


class Shapes(StrEnum):
    normal = "normal"
    rectangular = "rectangular"


@app.command(epilog="Example: helioledger uncertainty --year 2023 --scope 2 --scope2-method location --seed 1")
def uncertainty(
    year: Annotated[int, typer.Option("--year", help="The year of the inventory.")],
    scope: Annotated[int | None, typer.Option("--scope", min=1, max=3, help="One scope; by default all.")] = None,
    scope2_method: Annotated[
        str | None,
        typer.Option("--scope2-method", metavar="location|market", help="By default that of the target."),
    ] = None,
    draws: Annotated[int, typer.Option("--draws", min=100, max=10_000_000, help="How often all is drawn.")] = 20_000,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Gives the draws; the same seed, the same figures.")] = 1,
    shape: Annotated[
        Shapes, typer.Option("--shape", help="Distribution behind a stated half width of 95 %.")
    ] = Shapes.normal,
    factor_correlation: Annotated[
        float,
        typer.Option("--factor-correlation", min=0, max=1, help="What if factors err alike, as of one publication."),
    ] = 0.0,
    workspace: WorkspaceOption = None,
) -> None:
    """Draw every shared quantity many times, and show what that makes of the mart uncertainty, which adds squares.

    Half widths of 95 % intervals by total, class of source and facility. Without correlation and with normal errors
    the two agree but for the chance of the draws.
    """
    from orchestration import propagation
    from orchestration.console import print_table, rounded

    opened = Workspace.open(workspace)
    with published(opened) as connection:
        if scope2_method not in (None, "location", "market"):
            raise WrongUse(f"{scope2_method!r} is no Scope 2 method: location or market.")
        if scope in (1, 3):
            method = None
        else:
            method = scope2_method or connection.execute("select target_scope2_method from organization").fetchone()[0]
        try:
            found = propagation.simulate(connection, year, scope, method, draws, seed, shape.value, factor_correlation)
        except ValueError as reason:
            raise WrongUse(str(reason)) from None
    columns = ["group", "", "t CO2e", "+- t by squares", "+- t drawn", "drawn / squares", "95 % from", "to"]
    rows = [
        (
            one.group_kind, one.group_id, rounded(one.co2e_t, 1), rounded(one.analytic_t, 1),
            rounded(one.simulated_t, 1), rounded(one.simulated_t / one.analytic_t) if one.analytic_t else "-",
            rounded(one.lower_t, 1), rounded(one.upper_t, 1),
        )
        for one in found
    ]  # fmt: skip
    what = f"Scope {scope}" if scope else "All scopes"
    title = f"{what} {method or ''} {year}, {draws:,} draws, seed {seed}, {shape.value}".replace("  ", " ")
    print_table(f"{title}, factors correlated {factor_correlation:g}", columns, rows, columns[2:])
