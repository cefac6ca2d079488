"""`python -m scripts.words` (`make words`): bring the catalogues up to date and compile them.

Prints each text that has no translation yet and exits 1 if there is one; `--check` writes nothing.
"""

from __future__ import annotations

import argparse
import sys

from scripts.words.catalogue import CATALOGUES, compiled, faults, refresh


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m scripts.words", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, only say what is missing")
    check = parser.parse_args().check
    found: list[str] = []
    for catalogue in CATALOGUES:
        file = refresh(catalogue)
        if not check:
            file.save(str(catalogue.po))
            catalogue.mo.write_bytes(compiled(catalogue.po))
        found += faults(file)
        print(f"{catalogue.po.name}: {len(file)} texts", file=sys.stderr)
    for fault in found:
        print(fault)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
