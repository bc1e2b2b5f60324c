"""Write the generated pages of docs/ again, or with --check say which of them are out of date (exit status 1).

A generator is a module with a function `pages()` that yields (path below docs/, whole text of the page).
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parent

GENERATORS: tuple[str, ...] = (
    "docs.generators.config",
    "docs.generators.devices",
    "docs.generators.names",
    "docs.generators.performance",
)


def main(argv: list[str]) -> int:
    if argv not in ([], ["--check"]):
        print("usage: ./dev docs [--check]", file=sys.stderr)
        return 2
    stale = [
        (page, text)
        for name in GENERATORS
        for page, text in importlib.import_module(name).pages()
        if differs(page, text)
    ]
    for page, text in stale:
        if argv:
            print(f"docs/{page} is out of date; run ./dev docs", file=sys.stderr)
        else:
            write(page, text)
    return 1 if argv and stale else 0


def differs(page: str, text: str) -> bool:
    path = DOCS / page
    return not path.exists() or path.read_text("utf-8") != text


def write(page: str, text: str) -> None:
    path = DOCS / page
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    print(f"wrote docs/{page}")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
