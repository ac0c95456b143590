"""Measure everything and print one table: ``python -m bench [NAME]…`` with the names of modules in this folder.

Nothing here is a test: a ratio that misses its goal is shown as missed, and the process still ends well.
"""

import os
import sys
from importlib import import_module

from bench.ratios import Row, table

MODULES = (
    "startup",
    "status",
    "channels",
    "review",
    "review_list",
    "search",
    "asking",
    "render",
    "site",
    "delivery",
    "ledger",
)
"""Each has a function ``rows()`` that measures and gives its rows."""


def main(names: list[str]) -> int:
    """Measure the named modules, or all, and print their rows. An unknown name is a usage error (2)."""
    unknown = [name for name in names if name not in MODULES]
    if unknown:
        print(f"no such measurement: {', '.join(unknown)} – one of: {', '.join(MODULES)}", file=sys.stderr)
        return 2
    # What people install is compiled. Here the first turn, which is not counted, does that, if it may.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    rows: list[Row] = []
    for name in names or MODULES:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        rows.extend(import_module(f"bench.{name}").rows())
    print(table(rows))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
