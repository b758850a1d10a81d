"""Exceptions for when work cannot go on; a filler's mistake is a Finding (see model), never an exception."""


class KtttError(Exception):
    """Work cannot go on; the text is a Vietnamese sentence for the officer, and exit_code is the command's."""

    exit_code = 1


class PlanError(KtttError):
    """The plan cannot be used: unknown id, unreadable folder, or errors in its rows."""


class CopyRefused(KtttError):  # noqa: N818  # named for what happens, as the verdict is
    """A copy is not safe or sound enough to read; code is its finding code, found what was met.

    Raised by gate and workbook, caught by reader, which turns it into one Finding.
    """

    def __init__(self, code: str, found: str = "", expected: str = "") -> None:
        """Keep the finding code and what was found and expected, in Vietnamese."""
        super().__init__(f"{code}: {found}")
        self.code = code
        self.found = found
        self.expected = expected


class OutputError(KtttError):
    """The result cannot be written: no right, no space, or the target is open elsewhere."""


class LockedError(KtttError):
    """Another run is at work in the campaign folder; the text says whose. Nothing was done: start again later."""

    exit_code = 2


class LedgerError(KtttError):
    """The ledger of a campaign folder is damaged or was tampered with; the text says where it is and what to do."""


class MisuseError(KtttError):
    """The command was called with something that is not there or does not fit."""

    exit_code = 2
