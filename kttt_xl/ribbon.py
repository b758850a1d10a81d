"""The buttons of the tab KTTT: one function each, which takes the workbook in front of the officer.

Whatever takes long is a command of ours in a process of its own (jobs): the same code, the same result, Excel free.
Only what all engines of xlwings share is used here; the rest is the desk's. A filled copy is evidence: it is read from
its file, and neither changed nor saved.
"""

import re
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import xlwings as xw

from kttt_xl import remembered, ribbon_form
from kttt_xl.errors import KtttError
from kttt_xl.failure_log import log_failure
from kttt_xl.jobs import Job, Result
from kttt_xl.ribbon_answers import (
    PLAN_FIELDS,
    Answers,
    answers,
    file_options,
    is_report,
    offered,
    open_as,
    period_of,
    plan_of,
    required,
)
from kttt_xl.ribbon_desk import Desk, desk_of, file_of, guarded, has_changes

if TYPE_CHECKING:
    from kttt_xl.report_sources import Sources

PLAN, ISSUE, CHECK, CONSOLIDATE, UPDATE, HELP = (
    "Lập kế hoạch", "Phát hành biểu mẫu", "Kiểm tra", "Tổng hợp", "Cập nhật tiến độ", "Trợ giúp",
)  # fmt: skip
_ISSUE_FIELDS = (*PLAN_FIELDS, "issue_folder", "form", "kind", "agencies", "history", "campaign")
_CONSOLIDATE_FIELDS = ("folder", *PLAN_FIELDS, "as_of", "out", "history", "succession", "campaign")
_UPDATE_FIELDS = ("updated", "day", "folder", *PLAN_FIELDS, "history", "succession", "campaign")
_NOT_LIVE = (
    "Giá trị trong sổ là đúng, nhưng công thức KTTT chưa nối được với add-in: đổi «Tính đến ngày» mà ô báo #NAME? thì "
    "bấm «Cập nhật tiến độ»."
)
_UPDATED = re.compile(r"_den-\d{4}-\d\d-\d\d$")
_FINDING_WIDTHS = {"Mức độ": 10, "Trang": 13, "Ô": 7, "Cột": 22, "Nội dung": 60, "Cách sửa": 50, "Mã lỗi": 20}


def run(name: str) -> None:
    """Run a button by its name, for the workbook that called; whatever fails is shown as one sentence."""
    book = xw.Book.caller()
    guarded(desk_of(book), lambda: _button(name)(book))


def _button(name: str) -> Callable[[xw.Book], None]:
    if name not in BUTTONS:
        raise KtttError(f"Bản kttt-xl này không có nút «{name}»: chạy «kttt-xl addin install» để cài lại add-in.")
    return BUTTONS[name]


# --- Lập kế hoạch


def lap_ke_hoach(book: xw.Book, desk: Desk | None = None) -> None:
    """Make an empty plan workbook where the officer wants it, and open it."""
    from platformdirs import user_documents_path  # noqa: PLC0415  # each click loads what it needs

    from kttt_xl import writer  # noqa: PLC0415
    from kttt_xl.plan_book_write import new_plan  # noqa: PLC0415

    desk = _local(desk or desk_of(book), PLAN)
    file = desk.save_as(_free(user_documents_path() / "ke-hoach-moi.xlsx"))
    if file is None:
        return
    if file.exists():
        raise KtttError(f"Đã có tệp «{file}»: chọn tên khác.")
    writer.make_folder(file.parent)
    writer.write_file(file, new_plan())
    desk.open(file)
    desk.say(f"Sổ kế hoạch trống: {file}. Soạn xong thì lưu, rồi bấm «{ISSUE}».")


def _free(file: Path) -> Path:
    """Return the path, with a number when there is such a file."""
    number = 2
    found = file
    while found.exists():
        found = file.with_stem(f"{file.stem}-{number}")
        number += 1
    return found


# --- Phát hành biểu mẫu


def phat_hanh(book: xw.Book, desk: Desk | None = None) -> None:
    """Issue the copies of a plan and period into a folder: one for each agency, or a blank one for all."""
    desk = _local(desk or desk_of(book), ISSUE)
    if _occupied(desk):
        return
    given = answers(book, desk, ISSUE, _ISSUE_FIELDS, "issue_folder")
    if given is None:
        return
    plan, folder = plan_of(desk, given), ribbon_form.path("issue_folder", given["issue_folder"])
    arguments = ["build", "--json", "--period", period_of(given), "--out", str(folder)]
    if offered(given, "form") == ribbon_form.BLANK:
        arguments.append("--blank")
    if kind := ribbon_form.KINDS.get(offered(given, "kind")):
        arguments += ["--kind", kind]
    arguments += [f"--agency={name}" for name in ribbon_form.several(given["agencies"])]
    arguments += file_options(given, "history", "campaign")
    there = [item for item in folder.glob("*.xlsx") if item.is_file()] if folder.is_dir() else []
    if there and not desk.ask(f"Thư mục «{folder}» đã có {len(there)} tệp .xlsx; tệp trùng tên sẽ bị thay. Tiếp tục?"):
        raise KtttError(f"Thư mục «{folder}» đã có {len(there)} tệp .xlsx: chọn một thư mục trống để phát hành.")
    desk.work(Job(ISSUE, [*arguments, "--", plan]), partial(_issued, given, folder))


def _issued(given: Answers, folder: Path, desk: Desk, result: Result) -> None:
    remembered.keep(given)
    copies = result.document["copies"]
    desk.say("\n".join((f"Đã phát hành {len(copies)} bản sao vào {folder}.", *result.remarks)))


# --- Kiểm tra


def kiem_tra(book: xw.Book, desk: Desk | None = None) -> None:
    """Show what is found in the copy that is open, in a new workbook; the copy is read as it was saved."""
    desk = _local(desk or desk_of(book), CHECK)
    if _occupied(desk):
        return
    file = file_of(book)
    unsaved = "Có thay đổi chưa lưu; kết quả là của bản đã lưu." if has_changes(book) else ""
    campaign = remembered.answers().get("campaign", "")
    arguments = ["check", "--json", *file_options({"campaign": campaign}, "campaign"), "--", str(file)]
    desk.work(Job(CHECK, arguments), partial(_checked, file, unsaved))


def _checked(file: Path, unsaved: str, desk: Desk, result: Result) -> None:
    from kttt_xl.book_tables import write_table  # noqa: PLC0415
    from kttt_xl.intake import VERDICT_WORDS  # noqa: PLC0415
    from kttt_xl.tables import SEVERITIES  # noqa: PLC0415

    copy, findings = result.document["copies"][0], result.document["findings"]
    verdict = VERDICT_WORDS[copy["verdict"]]
    counts = f"{copy['errors']} lỗi, {copy['warnings']} cảnh báo"
    if not findings:
        desk.say(f"{file.name}: {verdict}, {counts}. {unsaved}".strip())
        return
    order = list(SEVERITIES)
    rows = [
        (SEVERITIES[item["severity"]], *(item[key] for key in ("sheet", "cell", "header", "message", "fix", "code")))
        for item in sorted(findings, key=lambda item: order.index(item["severity"]))
    ]
    facts = [
        ("Tệp", str(file)), ("Đơn vị", copy["agency"] or ""), ("Kế hoạch", copy["plan"] or ""),
        ("Kỳ báo cáo", copy["period"] or ""), ("Kết quả", f"{verdict}; {counts}"),
    ]  # fmt: skip
    sheet = desk.new_sheet(CHECK)
    write_table(sheet, "KẾT QUẢ KIỂM TRA BẢN SAO", facts, _FINDING_WIDTHS, rows, unsaved)
    sheet.activate()


# --- Tổng hợp


def tong_hop(book: xw.Book, desk: Desk | None = None) -> None:
    """Consolidate a folder of returned copies as `consolidate` does, and open the consolidated workbook."""
    desk = _local(desk or desk_of(book), CONSOLIDATE)
    if _occupied(desk):
        return
    given = answers(book, desk, CONSOLIDATE, _CONSOLIDATE_FIELDS, "folder")
    if given is None:
        return
    folder = ribbon_form.path("folder", given["folder"])
    name = f"tong-hop_{Path(plan_of(desk, given)).stem}_{period_of(given).replace('/', '-')}.xlsx"
    out = ribbon_form.path("out", given["out"] or str(folder.with_name(name)))
    _consolidate(desk, CONSOLIDATE, given, (out, given["as_of"]), _consolidated)


def _consolidate(
    desk: Desk,
    button: str,
    given: Answers,
    result: tuple[Path, str],
    then: Callable[[Path, Desk, Result], None],
    typed: Path | None = None,
) -> None:
    """Consolidate as answered, into a workbook, as of a day; nothing is replaced that the officer does not give up.

    typed is another workbook of this plan and period, whose decisions and slips count too.
    """
    out, as_of = result
    read_too = () if typed is None else ("--decisions", str(typed))
    folder = ribbon_form.path("folder", given["folder"])
    arguments = ["consolidate", "--json", "--plan", plan_of(desk, given), "--period", period_of(given)]
    arguments += ["--functions", "udf", "--out", str(out), *(("--as-of", as_of) if as_of else ()), *read_too]
    arguments += file_options(given, "history", "succession", "campaign")
    if open_as(desk, out) is not None:
        raise KtttError(f"«{out.name}» đang mở: đóng lại, hoặc ghi tên tệp khác, rồi bấm lại nút.")
    if out.exists() and not desk.ask(f"Đã có «{out}». Thay bằng kết quả mới?"):
        raise KtttError(f"Đã có «{out}»: ghi tên tệp khác, hoặc cất tệp ấy đi, rồi bấm lại nút.")

    def finished(desk: Desk, result: Result) -> None:
        found = {"plan_id": result.document["plan"], "period_code": result.document["period"]}
        remembered.keep({**given, **found})
        opened = desk.open(out)
        remark = () if opened is None else _live(desk, opened, out)
        then(out, desk, Result(result.document, (*result.remarks, *remark)))

    desk.work(Job(button, [*arguments, "--", str(folder)]), finished)


def _live(desk: Desk, opened: xw.Book, out: Path) -> tuple[str, ...]:
    """Have Excel compute the opened workbook's formulas of ours; say so when it cannot: its values are right as is."""
    from kttt_xl import ribbon_formulas  # noqa: PLC0415

    try:
        if desk.has_functions():
            ribbon_formulas.enter_again(opened, out)
            return ()
    except Exception as error:  # noqa: BLE001  # Excel may refuse at any cell, and the result is there and whole
        log_failure(error)
    return (_NOT_LIVE,)


def _consolidated(out: Path, desk: Desk, result: Result) -> None:
    desk.say("\n".join((*_outcome(result), f"Sổ tổng hợp: {out}")))


def _outcome(result: Result) -> list[str]:
    """Return what a consolidation came to, in few lines; first of all what was not counted."""
    told: dict[str, Any] = result.document
    copies, agencies = told["copies"], told["agencies"]
    severities = [item["severity"] for item in told["findings"]]
    waiting = copies["refused"] + copies["conflicting"]
    alarm = [f"CHÚ Ý: {waiting} tệp bị từ chối hoặc xung đột, CHƯA được tổng hợp (trang «Tình hình nộp», «Lỗi»)."]
    return [
        *(alarm if waiting else ()),
        f"{agencies['received']}/{agencies['expected']} đơn vị đã gửi.",
        f"{copies['found']} tệp, {copies['accepted']} nhận.",
        f"{severities.count('error')} lỗi, {severities.count('warning')} cảnh báo.",
        *result.remarks,
    ]


# --- Cập nhật tiến độ


def cap_nhat_tien_do(book: xw.Book, desk: Desk | None = None) -> None:
    """Consolidate anew, as of another day, what an open consolidated workbook was made of; into a workbook beside it.

    It is `consolidate --as-of` over the same folder, so the same figures. KtttError when copies it rests on are gone;
    copies added or changed since count as they are now, and are said.
    """
    from kttt_xl.plans import load_plan  # noqa: PLC0415
    from kttt_xl.report_sources import in_short, read_sources  # noqa: PLC0415

    desk = _local(desk or desk_of(book), UPDATE)
    if _occupied(desk):
        return
    if not (is_report(book) or ribbon_form.form_sheet(book, UPDATE)):
        raise KtttError(f"Mở sổ tổng hợp cần cập nhật rồi bấm lại «{UPDATE}».")
    given = answers(book, desk, UPDATE, _UPDATE_FIELDS, "folder")
    if given is None:
        return
    old, folder = ribbon_form.path("updated", given["updated"]), ribbon_form.path("folder", given["folder"])
    day, sources = required(given, "day"), read_sources(old)
    asked = (load_plan(plan_of(desk, given)).id, period_of(given))
    if asked != (sources.plan, sources.period):
        told = f"kế hoạch «{sources.plan}», kỳ {sources.period}"
        raise KtttError(f"«{old}» là sổ tổng hợp {told}; trang KTTT ghi kế hoạch «{asked[0]}», kỳ {asked[1]}.")
    if lost := sources.lost(folder):
        raise KtttError(
            f"Không cập nhật được: thư mục «{folder}» không còn {len(lost)} tệp mà sổ cũ đã tổng hợp "
            f"({in_short(lost)}). Đưa các tệp ấy về rồi bấm lại nút, hoặc bấm «{CONSOLIDATE}» để tổng hợp lại từ đầu."
        )
    out = old.with_stem(f"{_UPDATED.sub('', old.stem)}_den-{day}")
    _consolidate(desk, UPDATE, given, (out, day), partial(_updated, sources), old)


def _updated(before: "Sources", out: Path, desk: Desk, result: Result) -> None:
    from kttt_xl.report_sources import read_sources  # noqa: PLC0415

    changes = before.changes(read_sources(out))
    said = [f"CHÚ Ý: nguồn đã khác lần trước: {'; '.join(changes)}."] if changes else []
    desk.say("\n".join((*said, *_outcome(result), f"Sổ tổng hợp tính đến ngày mới: {out}")))


# --- Trợ giúp


def tro_giup(book: xw.Book, desk: Desk | None = None) -> None:
    """Say what each button does, which version this is, and where guide and log are."""
    from kttt_xl import __version__, resources  # noqa: PLC0415
    from kttt_xl.failure_log import log_file  # noqa: PLC0415

    desk = desk or desk_of(book)
    guide = resources.folder("docs") / "huong-dan.md"
    places = [f"Hướng dẫn: {guide}"] if desk.local and guide.is_file() else []
    places += [f"Nhật ký lỗi: {log_file()}"] if desk.local else []
    told = [f"{name}: {words}" for name, words in _HELP.items()]
    desk.say("\n".join((f"kttt-xl {__version__}", *told, *places)))


_HELP = MappingProxyType(
    {
        PLAN: "mở một sổ kế hoạch trống.",
        ISSUE: "ghi bản sao của một kế hoạch, một kỳ vào thư mục.",
        CHECK: "lỗi của bản sao đang mở, trong một sổ mới.",
        CONSOLIDATE: "cộng các bản sao nhận về, mở sổ tổng hợp; bấm lần nữa khi đang chạy để dừng.",
        UPDATE: "tính lại sổ tổng hợp đang mở đến một ngày khác, ghi tệp mới.",
    }
)


# --- what several buttons share


def _local(desk: Desk, button: str) -> Desk:
    """Return the desk when this program sees the officer's folders; KtttError on xlwings Server."""
    if not desk.local:
        raise KtttError(
            f"«{button}» cần tệp và thư mục trên máy của anh/chị, nên không chạy được qua máy chủ: gửi tệp ở khung "
            "KTTT, hoặc dùng máy có cài add-in KTTT."
        )
    return desk


def _occupied(desk: Desk) -> bool:
    """Tell whether some work is going on already; the officer may stop it."""
    job = desk.busy()
    if job is None:
        return False
    if desk.ask(f"Đang chạy «{job.title}»{f' ({job.said})' if job.said else ''}. Dừng việc ấy?"):
        job.stop()
    return True


BUTTONS: Mapping[str, Callable[[xw.Book], None]] = MappingProxyType(
    {
        "lap_ke_hoach": lap_ke_hoach,
        "phat_hanh": phat_hanh,
        "kiem_tra": kiem_tra,
        "tong_hop": tong_hop,
        "cap_nhat_tien_do": cap_nhat_tien_do,
        "tro_giup": tro_giup,
    }
)
