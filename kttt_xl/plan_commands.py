"""The commands about plans: list, show, check, new, export, import."""

from dataclasses import asdict
from pathlib import Path

import click

from kttt_xl.console import Group, echo_json, json_option, say, show_findings
from kttt_xl.errors import MisuseError


@click.group("plan", cls=Group)
def plan_group() -> None:
    """Xem và kiểm tra kế hoạch."""


@plan_group.command("list")
@json_option
def plan_list(as_json: bool) -> int:  # noqa: FBT001  # click passes options by keyword
    """Liệt kê các kế hoạch có sẵn."""
    from kttt_xl import plan_json, plans  # noqa: PLC0415  # --help must be instant

    loaded = [plans.load_plan(plan_id) for plan_id in plans.plan_ids()]
    if as_json:
        echo_json({"plans": [plan_json.entry(plan) for plan in loaded]})
        return 0
    for plan in loaded:
        counts = plan_json.entry(plan)
        say(
            f"{plan.id}\n  {plan.title}\n  {_number(plan.number)}{plan.issuer}: {counts['tasks']} nhiệm vụ, "
            f"{counts['targets']} mức chỉ tiêu, {counts['agencies']} cơ quan"
        )
    return 0


@plan_group.command("show")
@click.argument("plan", metavar="KẾ_HOẠCH")
@json_option
def plan_show(plan: str, as_json: bool) -> int:  # noqa: FBT001
    """Hiện một kế hoạch: cơ quan, nhiệm vụ, chỉ tiêu."""
    from kttt_xl import plan_json, plans  # noqa: PLC0415

    loaded = plans.load_plan(plan)
    if as_json:
        echo_json(plan_json.document(loaded))
        return 0
    say(f"{loaded.title}\n{_number(loaded.number)}{loaded.issuer}\nCơ quan tổng hợp: {loaded.coordinator}")
    section = ""
    for task in loaded.tasks:
        if task.section != section:
            section = task.section
            say(f"\n{section}")
        say(f"  {task.id}. {task.title}")
        say(f"     {'; '.join(task.lead)} · {task.deadline_text or 'không ghi thời hạn'}")
    for target in loaded.targets:
        say(f"  {target.indicator}: {plan_json.target_words(target)} ({target.period_text or 'không ghi mốc'})")
    for item in loaded.adjustments:
        say(f"  Điều chỉnh {plan_json.adjustment_words(item)}")
    return 0


@plan_group.command("check")
@click.argument("plan", metavar="KẾ_HOẠCH")
@json_option
def plan_check(plan: str, as_json: bool) -> int:  # noqa: FBT001
    """Kiểm tra một kế hoạch, báo mọi vấn đề cùng lúc."""
    from kttt_xl import plans  # noqa: PLC0415

    _, findings = plans.read_plan(plans.find_plan(plan))
    errors = sum(finding.severity == "error" for finding in findings)
    if as_json:
        echo_json({"plan": plan, "errors": errors, "findings": [asdict(finding) for finding in findings]})
    else:
        show_findings(findings)
        say(f"{errors} lỗi, {len(findings) - errors} cảnh báo.")
    return 1 if errors else 0


@plan_group.command("new")
@click.argument("out", metavar="TỆP.xlsx", type=click.Path(path_type=Path))
def plan_new(out: Path) -> int:
    """Tạo một sổ kế hoạch trống để soạn trong Excel: danh sách chọn, câu nhắc, dòng ví dụ."""
    from kttt_xl import writer  # noqa: PLC0415
    from kttt_xl.plan_book_write import new_plan  # noqa: PLC0415

    _require_new(out)
    writer.require_writable(out)
    writer.write_file(out, new_plan())
    say(f"Đã tạo sổ kế hoạch trống: {out}. Soạn xong, chạy: kttt-xl plan check {out}")
    return 0


@plan_group.command("export")
@click.argument("plan", metavar="KẾ_HOẠCH")
@click.argument("out", metavar="TỆP.xlsx", type=click.Path(path_type=Path))
def plan_export(plan: str, out: Path) -> int:
    """Ghi một kế hoạch thành sổ kế hoạch .xlsx; đọc lại sổ này được đúng kế hoạch ấy."""
    from kttt_xl import plans, writer  # noqa: PLC0415
    from kttt_xl.plan_book_write import write_plan  # noqa: PLC0415

    loaded = plans.load_plan(plan)
    writer.require_writable(out)
    writer.write_file(out, write_plan(loaded))
    say(f"Đã ghi kế hoạch {loaded.id} vào {out}.")
    return 0


@plan_group.command("import")
@click.argument("annex", metavar="PHỤ_LỤC", type=click.Path(path_type=Path))
@click.argument("out", metavar="TỆP.xlsx", type=click.Path(path_type=Path))
@click.option("--agencies", "plan", help="Kế hoạch (mã, thư mục hoặc sổ) có danh sách cơ quan để nhận ra tên.")
@json_option
def plan_import(annex: Path, out: Path, plan: str | None, as_json: bool) -> int:  # noqa: FBT001
    """Lập sổ kế hoạch đề xuất từ phụ lục .txt hoặc .docx, để xem lại từng dòng rồi mới dùng."""
    from kttt_xl import plans, writer  # noqa: PLC0415
    from kttt_xl.annex import read_annex  # noqa: PLC0415
    from kttt_xl.annex_book import proposal_book, proposal_document, propose  # noqa: PLC0415

    _require_new(out)
    writer.require_writable(out)
    register = plans.load_plan(plan) if plan else None
    proposal = propose(read_annex(annex), annex.name, register)
    writer.write_file(out, proposal_book(proposal))
    if as_json:
        echo_json(proposal_document(proposal))
        return 0
    tasks, agencies = proposal.to_see
    say(
        f"Đã lập {out} từ phụ lục {annex.name}:\n"
        f"  {len(proposal.tasks)} nhiệm vụ, {tasks} dòng phải xem lại\n"
        f"  {len(proposal.agencies)} cơ quan, {agencies} dòng phải xem lại\n"
        f"  {len(proposal.passed_over)} dòng không thuộc nhiệm vụ nào, ở trang «Dòng bỏ qua»\n"
        "Mở sổ, đối chiếu các dòng tô màu rồi chọn x ở cột «Đã xem», điền trang «Kế hoạch»; "
        f"sau đó chạy: kttt-xl plan check {out}"
    )
    return 0


def _require_new(out: Path) -> None:
    """Refuse to write over a file: it may hold a plan that somebody has worked on for days."""
    if out.suffix.lower() != ".xlsx":
        raise MisuseError(f"«{out.name}» phải là tên tệp .xlsx.")
    if out.exists():
        raise MisuseError(f"Đã có «{out}»; chọn tên khác, hoặc dời tệp cũ đi trước.")


def _number(number: str) -> str:
    return f"Số {number}, " if number else "Không ghi số, "
