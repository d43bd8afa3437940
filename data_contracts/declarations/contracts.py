"""pandera for polars, as `pa`.

Imported here first, and as where pandas is not installed: pandera takes pandas along wherever it is, as it is with the
library of the projection, which would cost every check of a file a quarter of a second.
"""

import sys


class _WithoutPandas:
    """A finder of modules that finds no pandas."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError("No module named 'pandas'", name=name)


sys.meta_path.insert(0, _WithoutPandas)  # type: ignore[arg-type]
try:
    import pandera.polars as pa
finally:
    sys.meta_path.remove(_WithoutPandas)  # type: ignore[arg-type]

__all__ = ["pa"]
