"""Carries kttt.xlam into what is built, made anew from the sources, where the libraries that make it are installed.

Officers get it with the package and `addin install` finds it; nobody else needs those libraries. `make release` has
them. A source distribution brings the file, so that a wheel made of it anywhere has the same one.
"""

import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_PLACE = "macros/kttt.xlam"
_NEEDED = ("pyopenvba", "xlwings", "click")


class CarryAddin(BuildHookInterface[Any]):
    """The hook that hatchling looks for here."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the add-in to a wheel or source distribution; an editable installation makes it when it is wanted."""
        if version == "editable" or Path(self.root, _PLACE).is_file():
            return
        missing = [name for name in _NEEDED if find_spec(name) is None]
        if missing:
            self.app.display_warning(f"without {_PLACE}: {', '.join(missing)} not installed (make release has them)")
            return
        self._scratch = tempfile.TemporaryDirectory()
        made = Path(self._scratch.name, "kttt.xlam")
        subprocess.run(
            [sys.executable, "-m", "kttt_xl", "addin", "build", "-o", str(made)],
            cwd=self.root,
            check=True,
            stdout=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": self.root},
        )
        build_data["force_include"][str(made)] = f"kttt_xl/{_PLACE}" if self.target_name == "wheel" else _PLACE
