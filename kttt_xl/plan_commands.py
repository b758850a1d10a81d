"""The commands about plans: list, show, check, new, export."""

from dataclasses import asdict
from pathlib import Path

import click

from kttt_xl.console import Group, echo_json, json_option, show_findings


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
        click.echo(
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
    click.echo(f"{loaded.title}\n{_number(loaded.number)}{loaded.issuer}\nCơ quan tổng hợp: {loaded.coordinator}")
    section = ""
    for task in loaded.tasks:
        if task.section != section:
            section = task.section
            click.echo(f"\n{section}")
        click.echo(f"  {task.id}. {task.title}")
        click.echo(f"     {'; '.join(task.lead)} · {task.deadline_text or 'không ghi thời hạn'}")
    for target in loaded.targets:
        click.echo(f"  {target.indicator}: {plan_json.target_words(target)} ({target.period_text or 'không ghi mốc'})")
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
        click.echo(f"{errors} lỗi, {len(findings) - errors} cảnh báo.")
    return 1 if errors else 0


@plan_group.command("new")
@click.argument("out", metavar="TỆP.xlsx", type=click.Path(path_type=Path))
def plan_new(out: Path) -> int:
    """Tạo một sổ kế hoạch trống để soạn trong Excel: danh sách chọn, câu nhắc, dòng ví dụ."""
    from kttt_xl import writer  # noqa: PLC0415
    from kttt_xl.plan_book_write import new_plan  # noqa: PLC0415

    writer.require_writable(out)
    writer.write_file(out, new_plan())
    click.echo(f"Đã tạo sổ kế hoạch trống: {out}. Soạn xong, chạy: kttt-xl plan check {out}")
    return 0


@plan_group.command("export")
@click.argument("plan", metavar="KẾ_HOẠCH")
@click.argument("out", metavar="TỆP.xlsx", type=click.Path(path_type=Path))
def plan_export(plan: str, out: Path) -> int:
    """Ghi một kế hoạch thành sổ kế hoạch .xlsx; đọc lại sổ này được đúng kế hoạch ấy."""
    from kttt_xl import plans, writer  # noqa: PLC0415
    from kttt_xl.plan_book_read import read_adjustments  # noqa: PLC0415
    from kttt_xl.plan_book_write import write_plan  # noqa: PLC0415

    source, loaded = plans.find_plan(plan), plans.load_plan(plan)
    adjustments = read_adjustments(source)[0] if source.is_file() else ()
    writer.require_writable(out)
    writer.write_file(out, write_plan(loaded, adjustments or ()))
    click.echo(f"Đã ghi kế hoạch {loaded.id} vào {out}.")
    return 0


def _number(number: str) -> str:
    return f"Số {number}, " if number else "Không ghi số, "
