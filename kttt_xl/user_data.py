"""Where this user's own data lie: keys of campaigns, the workbook written last, answers given before."""

from pathlib import Path


def user_data() -> Path:
    """Return the user's data folder of kttt-xl; it may not be there yet."""
    from platformdirs import user_data_path  # noqa: PLC0415  # only when no folder is named: --help, Excel wait for us

    return user_data_path("kttt-xl", appauthor=False)
