"""Building one copy, against openpyxl saving the same workbook once it is loaded."""

import io
import tempfile
from pathlib import Path

import copies
import openpyxl
import paired

from kttt_xl.builder import build_copy

ROUNDS = 2


def main() -> None:
    """Print the results as Markdown."""
    chosen = copies.issues()[:12]
    with tempfile.TemporaryDirectory() as folder:
        files = {}
        for issue in chosen:
            path = Path(folder) / issue.file
            path.write_bytes(build_copy(issue.copy, copies.KEY))
            files[path] = issue
        books = {path: openpyxl.load_workbook(path) for path in files}

        def ours(path: Path) -> object:
            return build_copy(files[path].copy, copies.KEY)

        def save(path: Path) -> None:
            books[path].save(io.BytesIO())

        print("## Building one copy\n")
        print(paired.HEAD)
        print(paired.compare("openpyxl save of the same workbook", ours, save, files, ROUNDS).line())
        print(f"\nPeak memory of this process, openpyxl's books included: {paired.peak_memory()}.")


if __name__ == "__main__":
    main()
