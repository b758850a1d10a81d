"""What every command shares: help in Vietnamese, common options, JSON out, a progress bar, findings as a table."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from itertools import count
from pathlib import Path
from typing import Any

import click

from kttt_xl import job_signals
from kttt_xl.errors import MisuseError
from kttt_xl.inert import visible, visible_json
from kttt_xl.model import Finding

_HELP_WORDS = (
    ("Usage:", "Cách dùng:"),
    ("Options:", "Tùy chọn:"),
    ("Commands:", "Lệnh:"),
    ("Show this message and exit.", "Hiện hướng dẫn này rồi thoát."),
    ("Show the version and exit.", "Hiện phiên bản rồi thoát."),
    ("[required]", "[bắt buộc]"),
    ("[OPTIONS]", "[TÙY CHỌN]"),
    ("COMMAND [ARGS]...", "LỆNH [THAM SỐ]..."),
)


class Command(click.Command):
    """A command whose help is in Vietnamese throughout."""

    def get_help(self, ctx: click.Context) -> str:
        """Return the help with click's own words in Vietnamese."""
        return _in_vietnamese(super().get_help(ctx))


class Group(click.Group):
    """A group of commands whose help is in Vietnamese throughout."""

    command_class = Command
    group_class = type

    def get_help(self, ctx: click.Context) -> str:
        """Return the help with click's own words in Vietnamese."""
        return _in_vietnamese(super().get_help(ctx))


def _in_vietnamese(text: str) -> str:
    for english, vietnamese in _HELP_WORDS:
        text = text.replace(english, vietnamese)
    return text


def as_date(_context: click.Context, _parameter: click.Parameter, text: str | None) -> date:
    """Return the day of an option, today when it is not given; MisuseError for what is no day."""
    if text is None:
        return datetime.now().astimezone().date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise MisuseError(f"--as-of ghi «{text}»; cần ngày dạng 2024-12-31.") from None


def echo_json(document: Any) -> None:
    """Print the one JSON document of a command."""
    click.echo(visible_json(json.dumps(document, ensure_ascii=False, indent=1, default=str)))


def say(text: str, *, err: bool = False) -> None:
    """Print a sentence, on standard error if asked; names of files and what fillers typed give the screen no orders."""
    click.echo(visible(text), err=err)


@contextmanager
def progress(title: str, total: int, *, quiet: bool) -> Iterator[Callable[..., None]]:
    """Give a function that is told each thing done, and how many there are where total does not know.

    On standard error it shows a bar where a person watches, a line each to whoever runs this as a job, which may stop
    it there (jobs), and says nothing into a file or pipe.
    """
    if job_signals.is_job():
        done = count(1)

        def tell(_name: str, of: int = total) -> None:
            click.echo(job_signals.progress_line(title, next(done), of), err=True)
            if job_signals.stop_asked():
                raise click.Abort

        yield tell
        return
    from rich.console import Console  # noqa: PLC0415  # --help must be instant
    from rich.progress import Progress  # noqa: PLC0415

    console = Console(stderr=True)
    with Progress(console=console, disable=quiet or not console.is_terminal, transient=True) as bar:
        task = bar.add_task(title, total=total)
        yield lambda _name, of=total: bar.update(task, advance=1, total=of)


json_option = click.option("--json", "as_json", is_flag=True, help="In một tài liệu JSON ra đầu ra chuẩn.")
campaign_option = click.option(
    "--campaign", type=click.Path(path_type=Path, file_okay=False), help="Thư mục đợt phát hành (khóa, sổ theo dõi)."
)
period_option = click.option("--period", "period_text", required=True, help="Kỳ báo cáo, ví dụ 2024, 2024-H1, 2024-Q1.")
as_of_option = click.option("--as-of", callback=as_date, help="Ngày tính tình trạng (2024-12-31); mặc định hôm nay.")
history_option = click.option(
    "--history",
    type=click.Path(path_type=Path, dir_okay=False),
    multiple=True,
    help="Bản tổng hợp của kỳ trước; dùng được nhiều lần.",
)
succession_option = click.option(
    "--succession",
    type=click.Path(path_type=Path, dir_okay=False),
    multiple=True,
    help="Tệp CSV của cơ quan về đổi tên, hợp nhất, chia tách đơn vị; dùng được nhiều lần.",
)


def show_findings(findings: Iterable[Finding]) -> None:
    """Show findings as a table, errors first."""
    from rich import box  # noqa: PLC0415
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    if not findings:
        return
    words = {"error": ("Lỗi", "red"), "warning": ("Cảnh báo", "yellow"), "info": ("Thông tin", "dim")}
    order = list(words)
    table = Table(box=box.SIMPLE, header_style="bold")
    for heading in ("Mức", "Tệp", "Trang", "Ô", "Nội dung", "Cách sửa"):
        table.add_column(heading, overflow="fold")
    for finding in sorted(findings, key=lambda found: order.index(found.severity)):
        word, style = words[finding.severity]
        # Text, not markup: what a filler typed must not be able to style our table.
        cells = (finding.file, finding.sheet, finding.cell, finding.message, finding.fix)
        table.add_row(Text(word, style=style), *(Text(visible(cell)) for cell in cells))
    Console(file=sys.stdout, width=None if sys.stdout.isatty() else 200).print(table)
