"""The parts of Dagster that this product replaces at run time, beside its event log (`history`): each with its reason.

They are private, and stand as they were read in Dagster 1.13; a test holds what each must leave as it is. None changes
an event, an asset, a check or a value. All but the last keep what Dagster works out again for each of the three hundred
outputs of the step that runs dbt, from all outputs of that step.
"""

import collections
from functools import cache, cached_property
from typing import Any


@cache
def apply() -> None:
    """Put all of them in place, once for the process. Imports Dagster."""
    _keep_keys_of_assets()
    _keep_outputs_of_a_step()
    _keep_types_of_resources()
    _read_migrations_once()


def _keep_keys_of_assets() -> None:
    """`AssetsDefinition.asset_and_check_keys` and `input_names_by_node_key`: a definition does not change."""
    from dagster import AssetsDefinition

    for name in ("asset_and_check_keys", "input_names_by_node_key"):
        kept = cached_property(getattr(AssetsDefinition, name).fget)
        kept.__set_name__(AssetsDefinition, name)
        setattr(AssetsDefinition, name, kept)


def _keep_outputs_of_a_step() -> None:
    """`StepExecutionContext.get_output_asset_keys`: a step's outputs do not change."""
    from dagster._core.execution.context.system import StepExecutionContext

    find = StepExecutionContext.get_output_asset_keys

    def kept(self: Any) -> frozenset:
        if "_kept_output_asset_keys" not in self.__dict__:
            self.__dict__["_kept_output_asset_keys"] = frozenset(find(self))
        return self.__dict__["_kept_output_asset_keys"]

    StepExecutionContext.get_output_asset_keys = kept


def _keep_types_of_resources() -> None:
    """`scoped_resources_builder.namedtuple`: the type of the same resources is made once.

    Python compiles a module for each; a step asks for one with every output and every check of a type.
    """
    from dagster._core.definitions import scoped_resources_builder

    made = cache(lambda name, fields: collections.namedtuple(name, fields))
    scoped_resources_builder.namedtuple = lambda name, fields: made(name, tuple(fields))


def _read_migrations_once() -> None:
    """`ScriptDirectory.from_config` of Alembic: of each database that it opens Dagster asks it for the newest of its
    ninety migrations, and each time Alembic looks for them in their folder and imports all."""
    from alembic.script import ScriptDirectory
    from dagster._core.storage.sql import ALEMBIC_SCRIPTS_LOCATION

    read = ScriptDirectory.from_config
    kept: list[ScriptDirectory] = []

    def read_once(config: Any) -> ScriptDirectory:
        if config.get_main_option("script_location") != ALEMBIC_SCRIPTS_LOCATION:
            return read(config)
        if not kept:
            kept.append(read(config))
        return kept[0]

    ScriptDirectory.from_config = staticmethod(read_once)
