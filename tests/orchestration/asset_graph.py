"""The asset graph as text: groups, assets, what each is made from, checks, jobs, schedules and sensors.

`PYTHONPATH=. python tests/orchestration/asset_graph.py` writes asset_graph.txt; a test compares the two, so that a
rename, a new dependency or a check that is gone shows in review.
"""

import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import dagster as dg

SNAPSHOT = Path(__file__).with_name("asset_graph.txt")


def render(repository: dg.RepositoryDefinition) -> str:
    """asset_graph.txt, of a repository."""
    return "\n".join(_lines(repository)) + "\n"


def _lines(repository: dg.RepositoryDefinition) -> Iterator[str]:
    graph = repository.asset_graph
    groups, checks = defaultdict(list), defaultdict(list)
    for key in graph.executable_asset_keys:
        groups[graph.get(key).group_name].append(key)
    for check in graph.asset_check_keys:
        checks[check.asset_key].append(check.name)
    for group in sorted(groups):
        yield f"group {group}"
        for key in sorted(groups[group], key=dg.AssetKey.to_user_string):
            node = graph.get(key)
            partitions = "  (by month)" if node.partitions_def else ""
            yield f"  {key.to_user_string()}{partitions}"
            yield from (f"    < {parent}" for parent in sorted(parent.to_user_string() for parent in node.parent_keys))
            yield from (f"    check {name}" for name in sorted(checks[key]))
    jobs = [job.name for job in repository.get_all_jobs() if not job.name.startswith("__")]
    yield from (f"job {name}" for name in sorted(jobs))
    yield from (f"schedule {name}" for name in sorted(schedule.name for schedule in repository.schedule_defs))
    yield from (f"sensor {name}" for name in sorted(sensor.name for sensor in repository.sensor_defs))


def main() -> None:
    from orchestration import scaffold
    from orchestration.definitions import defs
    from orchestration.workspace import Workspace

    with tempfile.TemporaryDirectory() as folder:
        scaffold.make_workspace(Path(folder))
        Workspace.open(folder).prepare()
        SNAPSHOT.write_text(render(defs().get_repository_def()), encoding="utf-8")
    print(SNAPSHOT)


if __name__ == "__main__":
    main()
