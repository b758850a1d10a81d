"""Gate + read + check of one filled copy, against pandas with openpyxl reading the same file."""

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import copies
import paired
import pandas as pd
from python_calamine import CalamineWorkbook

from kttt_xl.workers import read_and_check, read_many

AS_OF = date(2024, 12, 20)
ROUNDS = 5


def ours(path: Path) -> object:
    """Read and check one copy as `consolidate` does."""
    return read_and_check(path, path.name, lambda _plan: copies.KEY)


def with_pandas(path: Path) -> object:
    """Read every sheet into a data frame, without checks."""
    return pd.read_excel(path, sheet_name=None, engine="openpyxl")


def with_calamine(path: Path) -> object:
    """Read every sheet with calamine, without gate, addresses, formulas or checks."""
    book = CalamineWorkbook.from_path(path)
    return [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]


def marginal(read: Callable[[list[Path]], object], few: list[Path], many: list[Path]) -> float:
    """Return the seconds one more copy costs: starting up is not what is measured."""
    return (paired.timed(lambda: read(many)) - paired.timed(lambda: read(few))) / (len(many) - len(few))


def as_the_product(files: list[Path]) -> object:
    """Read as `consolidate` does with this many files: in as many processes as the machine has cores."""
    return list(read_many([(path.name, path) for path in files], files[0].parent, processes=os.cpu_count()))


def memory_alone(folder: Path) -> None:
    """Read all copies in a process of its own and say its peak memory."""
    readings = [ours(path) for path in sorted(folder.glob("*.xlsx"))]
    print(f"{len(readings)} readings kept: peak {paired.peak_memory()}")


def main() -> None:
    """Print the results as Markdown."""
    if len(sys.argv) > 1:
        memory_alone(Path(sys.argv[1]))
        return
    with tempfile.TemporaryDirectory() as folder:
        files = copies.filled_copies(Path(folder), 30)
        print("## Reading: gate + read + check of one copy\n")
        print("In one process, copy by copy:\n")
        print(paired.HEAD)
        print(paired.compare("pandas + openpyxl, all sheets", ours, with_pandas, files, ROUNDS).line())
        print(paired.compare("calamine, all sheets", ours, with_calamine, files, ROUNDS).line())
        ratios = []
        for _ in range(ROUNDS):  # 30 files over and over: the cost of a file does not depend on the others
            peer = marginal(lambda paths: [with_pandas(path) for path in paths], files[:10], files)
            mine = marginal(as_the_product, files * 4, files * 12)
            ratios.append(peer / mine)
        print(
            f"\nMarginal cost of a copy, pandas + openpyxl in one process over `consolidate` in {os.cpu_count()}: "
            f"**{statistics.median(ratios):.1f}** ({min(ratios):.1f} – {max(ratios):.1f}, {ROUNDS} pairs)."
        )
        alone = subprocess.run([sys.executable, __file__, folder], capture_output=True, text=True, check=True)
        print(f"\nParent memory, a process that only reads: {alone.stdout.strip()}.")


if __name__ == "__main__":
    main()
