"""The command that runs the province's server for Excel on Mac, on the web, and without Python."""

from pathlib import Path

import click

from kttt_xl.console import Command, say

_LICENCE = (
    "xlwings Server: PolyForm Noncommercial License 1.0.0 (cơ quan nhà nước dùng được; doanh nghiệp cần giấy phép "
    "khác). Required Notice: Copyright (C) Zoomer Analytics GmbH."
)


@click.command("serve", cls=Command)
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("kttt-may-chu"),
    help="Thư mục của máy chủ: cài đặt, mã add-in, kế hoạch của đơn vị. Chưa có thì tạo; mặc định kttt-may-chu.",
)
@click.option("--host", default="127.0.0.1", help="Địa chỉ nhận yêu cầu; mặc định 127.0.0.1, chỉ máy này.")
@click.option("--port", type=click.IntRange(1, 65535), default=8765, help="Cổng, mặc định 8765.")
@click.option("--workers", type=click.IntRange(1, 64), default=1, help="Số tiến trình phục vụ, mặc định 1.")
@click.option("--prepare", is_flag=True, help="Chỉ tạo hoặc nâng cấp thư mục, không chạy máy chủ.")
def serve_command(
    folder: Path,
    host: str,
    port: int,
    workers: int,
    prepare: bool,  # noqa: FBT001  # click passes options by keyword
) -> int:
    """Chạy máy chủ KTTT cho Excel trên Mac, trên web và máy không cài Python (cần phần cài thêm «server»)."""
    from kttt_xl import serve  # noqa: PLC0415  # --help must be instant

    serve.require_installed()
    for line in serve.make_project(folder):
        say(line, err=True)
    if prepare:
        return 0
    serve.enter(folder)
    serve.require_access(folder, host)
    say(_LICENCE, err=True)
    say(f"Máy chủ KTTT: http://{host}:{port}/taskpane.html (dừng: Ctrl+C)", err=True)
    serve.run(host, port, workers)
    return 0
