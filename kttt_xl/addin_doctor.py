"""Look over a Windows machine for all that keeps the add-in from working, and say the cure (addin.md 6).

Nothing is changed and no Excel is started. CHECKS is the list; each check is one function of what is on the machine.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from kttt_xl import addin_checks_excel as excel
from kttt_xl import addin_checks_file as file
from kttt_xl import addin_checks_python as python
from kttt_xl.addin_machine import Machine, examine
from kttt_xl.addin_texts import BAD, VERDICTS, Sign, sign
from kttt_xl.errors import KtttError
from kttt_xl.windows import Windows


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to look at: its name for programs, its title for people, and how it is looked at."""

    name: str
    title: str
    look: Callable[[Machine], Sign]


CHECKS = (
    Check("excel", "Excel", excel.check_excel),
    Check("spill", "Công thức nhiều ô", excel.check_spill),
    Check("addin", "Tệp add-in", file.check_addin),
    Check("modules", "Các phần của add-in", file.check_modules),
    Check("mark", "Dấu tải từ mạng", file.check_mark),
    Check("place", "Chỗ đặt add-in", file.check_place),
    Check("folders", "OneDrive và ổ mạng", file.check_folders),
    Check("disabled", "Add-in bị Excel tắt", file.check_disabled),
    Check("python", "Python của add-in", python.check_python),
    Check("package", "Gói kttt-xl", python.check_package),
    Check("versions", "Phiên bản hai bên", python.check_versions),
    Check("dll", "Tệp DLL của xlwings", python.check_dll),
    Check("unicode", "Chữ tiếng Việt", python.check_unicode),
    Check("start", "Thời gian khởi động", python.check_start),
    Check("speed", "Tốc độ tính", python.check_speed),
    Check("macros", "Chính sách macro", excel.check_macros),
    Check("addins", "Chính sách add-in", excel.check_addins_allowed),
    Check("vba-access", "Quyền sửa dự án VBA", excel.check_vba_access),
    Check("child-processes", "Quy tắc ASR của Defender", excel.check_child_processes),
    Check("hidden-excel", "Excel chạy ngầm", python.check_hidden_excel),
    Check("orphans", "Python bị bỏ lại", python.check_orphans),
)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What every check saw, in the order of CHECKS."""

    signs: tuple[tuple[Check, Sign], ...]

    @property
    def is_bad(self) -> bool:
        """Tell whether something keeps the add-in from working."""
        return any(seen.verdict == BAD for _, seen in self.signs)

    def as_json(self) -> dict[str, object]:
        """Return the document of addin doctor --json."""
        counts = Counter(seen.verdict for _, seen in self.signs)
        return {
            "checks": [
                {
                    "name": check.name,
                    "title": check.title,
                    "verdict": seen.verdict,
                    "code": seen.code,
                    "found": seen.found,
                    "cure": seen.cure,
                }
                for check, seen in self.signs
            ],
            "verdicts": {verdict: counts[verdict] for verdict in VERDICTS},
        }

    def lines(self) -> list[str]:
        """Return what a person reads: what needs doing first, with its cure below."""
        counts = Counter(seen.verdict for _, seen in self.signs)
        shown = []
        for check, seen in sorted(self.signs, key=lambda pair: VERDICTS.index(pair[1].verdict)):
            shown.append(f"[{seen.verdict}] {check.title}: {seen.found}")
            if seen.cure:
                shown.append(f"    Cách sửa: {seen.cure}")
        shown.append("; ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS) + ".")
        return shown


def diagnose(windows: Windows) -> Diagnosis:
    """Look at everything; a check that Windows does not answer is a verdict too. KtttError when it answers none."""
    try:
        machine = examine(windows)
    except OSError as error:
        raise KtttError(f"Windows không trả lời ({error.strerror or error}); chạy lại, hoặc nhờ IT xem.") from error
    return Diagnosis(tuple((check, look(check, machine)) for check in CHECKS))


def look(check: Check, machine: Machine) -> Sign:
    """Return what one check sees."""
    try:
        return check.look(machine)
    except OSError as error:
        return sign("unanswered", reason=error.strerror or str(error))
