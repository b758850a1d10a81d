"""Run every benchmark in turn and write benchmarks/results.md with machine and date."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import paired

FOLDER = Path(__file__).parent


def main() -> None:
    """Write the results page."""
    parts = [
        "# Results\n\nRatios of paired runs, back to back in random order. On a shared machine times are inflated.\n",
        f"{paired.machine()}; {datetime.now(UTC).date().isoformat()}.\n",
    ]
    for program in ("read_copies.py", "build_copies.py", "server_arrays.py"):
        done = subprocess.run(
            [sys.executable, str(FOLDER / program)], capture_output=True, text=True, check=True, encoding="utf-8"
        )
        parts.append(done.stdout)
    (FOLDER / "results.md").write_text("\n".join(parts), encoding="utf-8")
    print((FOLDER / "results.md").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
