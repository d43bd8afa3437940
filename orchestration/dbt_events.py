"""dbt's events, without those that nobody hears.

For a run dbt makes six thousand messages of events, twenty a node, and then asks each log whether it wants them; nearly
all are of its level debug.
"""

from typing import Any

from dbt_common.events.base_types import BaseEvent, EventLevel
from dbt_common.events.event_manager import EventManager

SILENT_LEVELS = frozenset({EventLevel.DEBUG, EventLevel.TEST})


class HeardEvents(EventManager):
    """The manager that dbt installs by default; events of the level debug are heard where a log takes that level.

    results: names of events that the callbacks hear at any level.
    """

    def __init__(self, results: frozenset[str]) -> None:
        super().__init__()
        self._results = results

    def fire_event(
        self,
        e: BaseEvent,
        level: EventLevel | None = None,
        node: Any = None,
        force_warn_or_error_handling: bool = False,
    ) -> None:
        if (
            force_warn_or_error_handling
            or (level or e.level_tag()) not in SILENT_LEVELS
            or type(e).__name__ in self._results
            or any(logger.level in SILENT_LEVELS for logger in self.loggers)
        ):
            super().fire_event(e, level, node, force_warn_or_error_handling)
