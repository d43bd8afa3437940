"""The parts of dbt that this product replaces at run time, all of them, each with its reason.

They are private or at least undocumented, and stand as they were read in dbt-core 1.11, dbt-common 1.39 and mashumaro
3.14, by which dbt writes and reads its classes; a test holds what each must leave as it is. None changes a table, a
test, a result or a line of a log.
"""

import sys
import threading
from collections.abc import Callable, Iterable
from functools import cache, cached_property, lru_cache
from typing import Any

# Set while dbt reads what has been validated before, as of a project that is handed over parsed; dbt also reads it in
# threads of its own.
IS_VALIDATED = threading.Event()


@cache
def apply() -> None:
    """Put all of them in place, once for the process. Imports dbt."""
    before_import()
    _spare_rendered_nodes()
    _fill_events_when_heard()
    _share_agate_types()
    _summarize_no_graph()
    _look_for_cycles_once()
    _name_source_of_flags()
    _validate_once()
    _find_macros_at_once()
    _lock_among_threads()


@cache
def before_import() -> None:
    """`compile_mixin_packer` and `compile_mixin_unpacker`: the methods of a class are compiled when one is called.

    Mashumaro compiles the four methods of each class that dbt writes or reads, or what will compile them; a run calls
    those of a few of four hundred classes. That is a quarter of the time of importing dbt, before which this is to be
    called.
    """
    from mashumaro.mixins import dict as mixin

    mixin.compile_mixin_packer = _when_called(mixin.compile_mixin_packer, "to", lambda method: method)
    mixin.compile_mixin_unpacker = _when_called(mixin.compile_mixin_unpacker, "from", classmethod)


def _when_called(compile_methods: Callable[..., None], direction: str, as_attribute: Callable) -> Callable[..., None]:
    def prepare(cls: type, format_name: str = "dict", **options: Any) -> None:
        public = f"{direction}_{format_name}"
        internal = f"__mashumaro_{public}__"

        def first_call(called_on: Any, *arguments: Any, **flags: Any) -> Any:
            if cls.__dict__[internal] is attribute:
                compile_methods(cls, format_name=format_name, **options)
            return cls.__dict__[internal].__get__(called_on, called_on)(*arguments, **flags)

        attribute = as_attribute(first_call)
        setattr(cls, internal, attribute)
        setattr(cls, public, attribute)

    return prepare


@cache
def apply_to_spark() -> None:
    """Those of Spark's adapter, which it imports."""
    _keep_ansi_rules()
    _part_long_queries()


def _spare_rendered_nodes() -> None:
    """`Compiler.compile_node`: a node without a template is compiled already.

    dbt makes a context with every macro to render it, and writes what it says into a file; for most nodes both take
    longer than the query.
    """
    from dbt.compilation import Compiler
    from dbt.contracts.graph.nodes import UnitTestDefinition

    from orchestration.compiled import TEMPLATE

    compile_node = Compiler.compile_node

    def compile_if_needed(self: Any, node: Any, manifest: Any, *arguments: Any, **options: Any) -> Any:
        if isinstance(node, UnitTestDefinition) or TEMPLATE.search(node.raw_code):
            return compile_node(self, node, manifest, *arguments, **options)
        node.compiled_code, node.compiled, node.extra_ctes_injected = node.raw_code, True, True
        return node

    Compiler.compile_node = compile_if_needed


def _fill_events_when_heard() -> None:
    """`BaseEvent.pb_msg`: an event's protobuf message is made when something of it is read.

    A build makes five thousand events, of which six hundred are heard (`dbt_events`).
    """
    from dbt_common.events.base_types import BaseEvent

    fill = BaseEvent.__init__

    def keep(self: Any, *arguments: Any, **fields: Any) -> None:
        self.__dict__["_unfilled"] = arguments, fields

    def filled(self: Any) -> Any:
        arguments, fields = self.__dict__.pop("_unfilled")
        fill(self, *arguments, **fields)  # sets pb_msg
        return self.__dict__["pb_msg"]

    lazy = cached_property(filled)
    lazy.__set_name__(BaseEvent, "pb_msg")
    BaseEvent.__init__, BaseEvent.pb_msg = keep, lazy


def _share_agate_types() -> None:
    """`agate_helper.build_type_tester` and `empty_table`: made once for the same arguments; nothing changes them later.

    Each reads a calendar of dates anew; a build asks for four hundred.
    """
    from dbt_common.clients import agate_helper

    build, empty = agate_helper.build_type_tester, agate_helper.empty_table
    made = lru_cache(maxsize=64)(build)

    def build_once(text_columns: Iterable[str], string_null_values: Iterable[str] | None = ("null", "")) -> Any:
        return made(tuple(sorted(text_columns)), string_null_values and tuple(string_null_values))

    agate_helper.build_type_tester = build_once
    agate_helper.empty_table = cache(empty)


def _summarize_no_graph() -> None:
    """`Linker.get_graph_summary`: dbt writes two of them into a file for those who look for its own faults, of every
    node as a dictionary of all its fields."""
    from dbt.compilation import Linker

    Linker.get_graph_summary = lambda self, manifest: {}


def _look_for_cycles_once() -> None:
    """`Linker.find_cycles`: a graph that can be put in order has none; dbt follows every edge, from every node."""
    import networkx
    from dbt.compilation import Linker

    find_cycles = Linker.find_cycles
    Linker.find_cycles = lambda self: None if networkx.is_directed_acyclic_graph(self.graph) else find_cycles(self)


def _name_source_of_flags() -> None:
    """`BehaviorFlagRendered._default_source`: the module that asks, without reading the source of all modules that
    called it, as `inspect.stack` does."""
    from dbt_common import behavior_flags

    def asking() -> str:
        frame = sys._getframe(1)
        while frame and frame.f_globals.get("__name__") == behavior_flags.__name__:
            frame = frame.f_back
        return frame.f_globals.get("__name__", "Unknown") if frame else "Unknown"

    behavior_flags.BehaviorFlagRendered._default_source = staticmethod(asking)


def _validate_once() -> None:
    """`dbtClassMixin.validate`: dbt_project.yml and profiles.yml were held against their schemas when the project was
    parsed, and what they say has not changed since; dbt would compose the schemas from its classes again."""
    from dbt_common.dataclass_schema import dbtClassMixin

    validate = dbtClassMixin.validate.__func__

    def validate_if_new(cls: type, data: Any) -> None:
        if not IS_VALIDATED.is_set():
            validate(cls, data)

    dbtClassMixin.validate = classmethod(validate_if_new)


def _find_macros_at_once() -> None:
    """`MacroNamespace`: what it holds is put together once, not looked for in five dictionaries for each macro of each
    node's context."""
    from dbt.context.macros import MacroNamespace

    def found(self: Any) -> dict[str, Any]:
        if "_found" not in self.__dict__:
            places = list(self._search_order())
            self.__dict__["_found"] = {name: macro for place in reversed(places) for name, macro in place.items()}
        return self.__dict__["_found"]

    MacroNamespace.__getitem__ = lambda self, name: found(self)[name]
    MacroNamespace.__iter__ = lambda self: iter(found(self))


def _lock_among_threads() -> None:
    """`mp_context._MP_CONTEXT`: dbt takes locks from it that processes could share, for which Python starts one more
    that looks after them. A build computes in threads."""
    from dbt import mp_context

    mp_context._MP_CONTEXT = threading


def _keep_ansi_rules() -> None:
    """`SparkCredentials.__post_init__`: it has each statement computed without ANSI rules: then a cast that fails and a
    sum that overflows give NULL or another number, and no error."""
    from dbt.adapters.spark.connections import SparkCredentials

    check = SparkCredentials.__post_init__

    def check_and_keep(self: Any) -> None:
        check(self)
        self.server_side_parameters["spark.sql.ansi.enabled"] = "true"

    SparkCredentials.__post_init__ = check_and_keep


def _part_long_queries() -> None:
    """`session.Cursor.execute`: a query that Spark would write out many times over is several statements."""
    from dbt.adapters.spark.session import Cursor

    from orchestration.spark import SCRATCH
    from orchestration.spark_statements import statements

    execute = Cursor.execute

    def execute_parts(self: Any, sql: str, *parameters: Any) -> None:
        for statement in statements(sql, SCRATCH):
            execute(self, statement, *parameters)

    Cursor.execute = execute_parts
