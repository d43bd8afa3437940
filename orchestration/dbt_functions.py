"""The functions that SQL lacks, registered in dbt's database (profiles.yml)."""

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin

from orchestration.statistics_functions import probability_below, seasonal_forecast

FORECAST = "STRUCT(expected DOUBLE, deviation DOUBLE, year_deviation DOUBLE, parameters VARCHAR)[]"


class Plugin(BasePlugin):
    """What dbt-duckdb loads."""

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        # FSST takes a fifth of the time of writing a table, and saves as much of its size. Among the options that a
        # database is opened with, DuckDB passes over this one.
        conn.execute("set global TimeZone = 'UTC'; set global disabled_compression_methods = 'fsst'")
        conn.create_function(
            "seasonal_forecast",
            seasonal_forecast,
            ["DOUBLE[]", "INTEGER", "INTEGER"],
            FORECAST,
            null_handling="special",
        )
        conn.create_function("probability_below", probability_below, ["DOUBLE"] * 3, "DOUBLE", null_handling="special")
