"""The functions that SQL lacks, registered in dbt's database (profiles.yml)."""

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin

from orchestration.statistics_functions import probability_below, seasonal_forecast

FORECAST = "STRUCT(expected DOUBLE, deviation DOUBLE, year_deviation DOUBLE, parameters VARCHAR)[]"


class Plugin(BasePlugin):
    """What dbt-duckdb loads."""

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        conn.execute("set global TimeZone = 'UTC'")
        conn.create_function(
            "seasonal_forecast",
            seasonal_forecast,
            ["DOUBLE[]", "INTEGER", "INTEGER"],
            FORECAST,
            null_handling="special",
        )
        conn.create_function("probability_below", probability_below, ["DOUBLE"] * 3, "DOUBLE", null_handling="special")
