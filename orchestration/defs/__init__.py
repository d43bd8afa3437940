"""Dagster definitions, one concept per module, in the order of the story: reference and landing, transformation,
publication, jobs and schedules, alerts and retention. Each module has one function that builds its definitions from
the workspace."""

from orchestration import dbt_patches

dbt_patches.before_import()  # of dbt, by the modules of this folder
