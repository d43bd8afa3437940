"""What readers use: `query`."""

import sys
from typing import Annotated

import typer

from orchestration.commands import STOPPED, Format, WorkspaceOption, WrongUse, app
from orchestration.console import complain, fetched, print_table, write_csv, write_json
from orchestration.workspace import Workspace

TABLE_ROWS = 500


@app.command(
    epilog='Example: helioledger query "select * from scope12_trend order by year, month" --format csv > trend.csv'
)
def query(
    sql: Annotated[str, typer.Argument(metavar="SQL", help="A query on the marts; they need no schema prefix.")],
    format: Annotated[
        Format, typer.Option("--format", help="Decimals are printed with all their digits.")
    ] = Format.table,
    workspace: WorkspaceOption = None,
) -> None:
    """Query the published marts, read-only."""
    opened = Workspace.open(workspace)
    if not opened.published_database.is_file():
        raise WrongUse(f"Nothing is published in {opened.root} yet; `helioledger run` does.")
    import duckdb

    from orchestration import warehouse

    try:
        with warehouse.connect(opened.published_database, read_only=True, on_wait=complain) as connection:
            connection.execute("set schema = 'marts'")
            cursor = connection.execute(sql)
            if cursor is None:
                raise WrongUse("the query is empty.")
            columns = [column[0] for column in cursor.description or ()]
            if format is Format.csv:
                write_csv(sys.stdout, columns, fetched(cursor))
            elif format is Format.json:
                write_json(sys.stdout, columns, fetched(cursor))
            else:
                numeric = [c[0] for c in cursor.description or () if _is_number(c[1])]
                rows = cursor.fetchmany(TABLE_ROWS + 1)
                print_table("", columns, rows[:TABLE_ROWS], numeric)
                if len(rows) > TABLE_ROWS:
                    complain(f"Only the first {TABLE_ROWS} rows are shown; --format csv prints all.")
    except duckdb.Error as error:
        raise WrongUse(f"the query failed. {error}") from None
    except (warehouse.WarehouseBusy, warehouse.WarehouseUnreadable) as error:
        complain(f"helioledger: {error}")
        raise typer.Exit(STOPPED) from None


def _is_number(kind: object) -> bool:
    return str(kind).split("(")[0].upper() in {
        "NUMBER", "DECIMAL", "DOUBLE", "FLOAT", "INTEGER", "BIGINT", "HUGEINT", "SMALLINT", "TINYINT", "UBIGINT",
    }  # fmt: skip
