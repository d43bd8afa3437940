"""HelioLedger's Dagster code location and command line.

Only `definitions.py`, `defs/`, `code_location.py` and `execution.py` import Dagster; the rest are plain functions over
a workspace, so that the command line answers quickly and each part is tested by itself.
"""

__version__ = "0.1.0"
