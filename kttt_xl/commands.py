"""The commands of kttt-xl. Results on standard output, progress and messages on standard error.

Exit code 0 done, 1 done with error findings or refused input, 2 misuse (contract, section 3).
"""

import sys
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NoReturn

import click

from kttt_xl import __version__
from kttt_xl.addin_commands import addin_group
from kttt_xl.console import (
    Group,
    as_of_option,
    campaign_option,
    echo_json,
    history_option,
    json_option,
    period_option,
    progress,
    say,
    show_findings,
    succession_option,
)
from kttt_xl.errors import KtttError, MisuseError
from kttt_xl.failure_log import log_failure
from kttt_xl.plan_commands import plan_group
from kttt_xl.serve_commands import serve_command


def main() -> NoReturn:
    """Run the command line; every failure ends in one Vietnamese sentence and an exit code, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command line and return its exit code."""
    try:
        code = cli.main(args=arguments, prog_name="kttt-xl", standalone_mode=False)
    except click.UsageError as error:
        say(f"Lỗi: {_usage(error)}\nXem hướng dẫn: kttt-xl {_path(error)}--help", err=True)
        return 2
    except click.Abort:
        say("Đã dừng.", err=True)
        return 1
    except KtttError as error:
        say(f"Lỗi: {error}", err=True)
        return error.exit_code
    except Exception as error:  # noqa: BLE001  # the last line of defence: an officer never sees a traceback
        say(f"Lỗi ngoài dự kiến: {type(error).__name__}. Chi tiết ghi ở {log_failure(error)}.", err=True)
        return 1
    return code if isinstance(code, int) else 0


def _path(error: click.UsageError) -> str:
    names = error.ctx.command_path.split()[1:] if error.ctx else []
    return "".join(f"{name} " for name in names)


def _usage(error: click.UsageError) -> str:
    match error:
        case click.NoSuchOption():
            return f"không có tùy chọn «{error.option_name}»."
        case click.MissingParameter():
            name = error.param.make_metavar(error.ctx) if error.param and error.ctx else ""
            option = error.param.opts[0] if error.param and error.param.opts else ""
            return f"thiếu tham số {option if option.startswith('-') else name}."
        case click.BadParameter():
            option = error.param.opts[0] if error.param and error.param.opts else ""
            return f"giá trị của {option} không hợp lệ: {error.message}"
        case _ if error.message.startswith("No such command"):
            return f"không có lệnh {error.message.removeprefix('No such command ').rstrip('.')}."
        case _:
            return error.message


@click.group(cls=Group)
@click.version_option(__version__, prog_name="kttt-xl")
def cli() -> None:
    """Điều hành kế hoạch kinh tế tập thể bằng Excel: phát hành biểu mẫu, nhận về, kiểm tra, tổng hợp."""


cli.add_command(plan_group)
cli.add_command(addin_group)
cli.add_command(serve_command)


@cli.command()
@click.argument("plan", metavar="KẾ_HOẠCH")
@period_option
@click.option("-o", "--out", "folder", type=click.Path(path_type=Path), required=True, help="Thư mục ghi các bản sao.")
@click.option("--kind", type=click.Choice(["tasks", "stats"]), help="Chỉ một loại biểu (mặc định cả hai).")
@click.option("--agency", "agencies", multiple=True, help="Chỉ cơ quan này; dùng được nhiều lần.")
@click.option(
    "--blank", is_flag=True, help="Một biểu mẫu trống cho mọi cơ quan: người điền chọn đơn vị và kỳ trong tệp."
)
@history_option
@campaign_option
@json_option
def build(
    plan: str,
    period_text: str,
    folder: Path,
    kind: str | None,
    agencies: tuple[str, ...],
    blank: bool,  # noqa: FBT001
    history: tuple[Path, ...],
    campaign: Path | None,
    as_json: bool,  # noqa: FBT001
) -> int:
    """Phát hành biểu mẫu: mỗi cơ quan một bản sao cho mỗi loại biểu, hoặc một biểu mẫu trống cho mọi cơ quan."""
    from kttt_xl import agencies as register  # noqa: PLC0415
    from kttt_xl import builder, keys, plans, writer  # noqa: PLC0415
    from kttt_xl.campaign import issue_copies, plan_blanks, plan_issues  # noqa: PLC0415
    from kttt_xl.history import read_books  # noqa: PLC0415
    from kttt_xl.ledger_history import past_of  # noqa: PLC0415
    from kttt_xl.model import KINDS  # noqa: PLC0415
    from kttt_xl.period import parse_period  # noqa: PLC0415

    loaded, period = plans.load_plan(plan), parse_period(period_text)
    names = [register.registered_name(loaded, name) for name in agencies]
    members = [member for name in names for member in loaded.members(name)]
    if names and not members:
        raise MisuseError(f"Nhóm «{'; '.join(names)}» chưa có thành viên trong kế hoạch.")
    home = keys.campaign_folder(campaign, loaded.id)
    past, remarks = past_of(home, read_books(history, loaded.id), loaded.id, period)
    for remark in remarks:
        say(remark, err=True)
    issues = (plan_blanks if blank else plan_issues)(loaded, period, (kind,) if kind else KINDS, members, past)
    writer.make_folder(folder)
    key = keys.ensure_key(home)
    with progress("Phát hành", len(issues), quiet=as_json) as advance:
        issue_copies(issues, folder, key, advance)
    copies = [
        {
            "file": issue.file,
            "agency": issue.copy.agency,
            "kind": issue.copy.kind,
            "inputs": builder.input_count(issue.copy),
            "prefilled": builder.prefilled_count(issue.copy),
        }
        for issue in issues
    ]
    if as_json:
        echo_json({"copies": copies})
    else:
        say(f"Đã phát hành {len(copies)} bản sao, {period.name}, vào {folder}.")
    for issue in issues:
        for agency in issue.left_out:
            words = f"«{agency}» có biểu riêng, không dùng {issue.file}: phát hành bằng build --agency."
            say(words, err=as_json)
    return 0


@cli.command()
@click.argument("copies", metavar="BẢN_SAO...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--plan", help="Báo bản sao không thuộc kế hoạch này.")
@click.option("--period", "period_text", help="Báo bản sao không thuộc kỳ này.")
@campaign_option
@json_option
def check(
    copies: tuple[Path, ...],
    plan: str | None,
    period_text: str | None,
    campaign: Path | None,
    as_json: bool,  # noqa: FBT001
) -> int:
    """Kiểm tra các bản sao đã điền (tệp hoặc thư mục)."""
    from kttt_xl import intake, plans  # noqa: PLC0415
    from kttt_xl.campaign import as_checked, read_places  # noqa: PLC0415
    from kttt_xl.period import parse_period  # noqa: PLC0415

    plan_id = plans.load_plan(plan).id if plan else ""
    period = parse_period(period_text).code if period_text else ""
    today = datetime.now().astimezone().date()
    with progress("Kiểm tra", 0, quiet=as_json) as advance:
        readings, passed = read_places(copies, today, campaign, progress=advance)
    judged = [*(as_checked(reading, plan_id, period) for reading in readings), *passed]
    findings = [finding for copy in judged for finding in copy.findings]
    if as_json:
        echo_json(
            {
                "copies": [intake.copy_json(copy) for copy in judged],
                "cells": intake.count_cells(judged),
                "findings": [asdict(finding) for finding in findings],
            }
        )
    else:
        show_findings(findings)
        for copy in judged:
            errors, warnings = intake.count_findings(copy)
            say(f"{copy.file}: {intake.VERDICT_WORDS[copy.verdict]}, {errors} lỗi, {warnings} cảnh báo")
    bad = any(copy.verdict in ("refused", "conflicting") for copy in judged)
    return 1 if bad or any(finding.severity == "error" for finding in findings) else 0


@cli.command()
@click.argument("folder", metavar="THƯ_MỤC", type=click.Path(path_type=Path))
@click.option("--plan", required=True, help="Kế hoạch: mã, thư mục, hoặc sổ kế hoạch .xlsx.")
@period_option
@click.option("-o", "--out", type=click.Path(path_type=Path), required=True, help="Tệp tổng hợp .xlsx sẽ ghi.")
@as_of_option
@click.option(
    "--functions",
    type=click.Choice(["native", "udf"]),
    default="native",
    show_default=True,
    help="Công thức của mức đạt, đánh giá, tình trạng: có sẵn của Excel (native) hay hàm KTTT, cần add-in (udf).",
)
@history_option
@click.option(
    "--decisions",
    "decided",
    type=click.Path(path_type=Path, dir_okay=False),
    multiple=True,
    help="Sổ tổng hợp khác của kỳ này, có quyết định và phiếu mới ghi; tệp sẽ ghi thì luôn được đọc.",
)
@succession_option
@campaign_option
@json_option
def consolidate(
    folder: Path,
    plan: str,
    period_text: str,
    out: Path,
    as_of: date,
    functions: str,
    history: tuple[Path, ...],
    decided: tuple[Path, ...],
    succession: tuple[Path, ...],
    campaign: Path | None,
    as_json: bool,  # noqa: FBT001
) -> int:
    """Tổng hợp các bản sao trong một thư mục: kiểm tra, cộng, đo tiến độ, ghi sổ tổng hợp."""
    from kttt_xl import plans, report, reported  # noqa: PLC0415
    from kttt_xl.collecting import Round, collect  # noqa: PLC0415
    from kttt_xl.history import read_books  # noqa: PLC0415
    from kttt_xl.period import parse_period  # noqa: PLC0415
    from kttt_xl.succession_file import plan_edges  # noqa: PLC0415

    loaded, period = plans.load_plan(plan), parse_period(period_text)
    if not folder.is_dir():
        raise MisuseError(f"Không có thư mục «{folder}».")
    books = read_books(history, loaded.id)
    edges, remarks = plan_edges(loaded, succession)
    asked = Round(folder, out, loaded, period, as_of, campaign, books, edges, functions, decided)
    with progress("Đọc bản sao", 0, quiet=as_json) as advance:
        collected = collect(asked, datetime.now(UTC), advance)
    result = collected.result
    reported.remember(out)
    for remark in (*remarks, *collected.remarks):
        say(remark, err=True)
    if as_json:
        echo_json(report.summary(result))
    else:
        for line in report.in_few_lines(result):
            say(line)
        say(f"Sổ tổng hợp: {out}")
    errors = any(finding.severity == "error" for finding in result.findings)
    return 1 if errors or any(copy.verdict in ("refused", "conflicting") for copy in result.copies) else 0


@cli.command()
@click.option("-o", "--out", "folder", type=click.Path(path_type=Path), required=True, help="Thư mục ghi kết quả.")
@click.option("--seed", default=655, show_default=True, help="Hạt giống của số liệu minh họa.")
@json_option
def demo(folder: Path, seed: int, as_json: bool) -> int:  # noqa: FBT001
    """Chạy trọn vòng trên hai kế hoạch có sẵn với số liệu minh họa (không phải số liệu thật)."""
    from kttt_xl.demo import run_demo  # noqa: PLC0415

    with progress("Chạy thử", 0, quiet=as_json) as advance:
        outcome = run_demo(folder, datetime.now(UTC), seed, advance)
    if as_json:
        echo_json(outcome.as_json())
    else:
        for line in outcome.lines():
            say(line)
    return 0
