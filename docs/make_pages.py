"""Write the two pages that are made from the code: docs/lenh.md (commands) and docs/ma-loi.md (finding codes)."""

from pathlib import Path

import click

from kttt_xl.commands import cli
from kttt_xl.messages import MESSAGES

FOLDER = Path(__file__).parent
SCOPES = {
    "copy": "Bản sao bị từ chối",
    "conflict": "Cần người quyết định",
    "officer": "Quyết định và phiếu của cán bộ",
    "cell": "Ô bị từ chối",
    "form": "Nhận, có lưu ý",
}
SEVERITIES = {"error": "lỗi", "warning": "cảnh báo", "info": "thông tin"}


def commands_page() -> str:
    """Return the help of every command as one page."""
    parts = ["# Các lệnh\n\nTrang này lấy từ `--help` của từng lệnh (`make docs`).\n"]
    for path, command in _commands(cli, ()):
        context = click.Context(command, info_name=" ".join(("kttt-xl", *path)), terminal_width=100)
        parts.append(f"## {' '.join(('kttt-xl', *path))}\n\n```text\n{command.get_help(context)}\n```\n")
    return "\n".join(parts)


def _commands(command: click.Command, path: tuple[str, ...]) -> list[tuple[tuple[str, ...], click.Command]]:
    if not isinstance(command, click.Group):
        return [(path, command)]
    return [item for name in sorted(command.commands) for item in _commands(command.commands[name], (*path, name))]


def codes_page() -> str:
    """Return every finding code with its sentence and cure as one page."""
    intro = (
        "# Mã lỗi\n\nMỗi lỗi có mã, mức độ, câu báo và cách sửa. `{found}` là nội dung đã thấy, `{expected}` là điều "
        "cần có, `{header}` là tên cột. Trang này lấy từ `kttt_xl/messages.py` (`make docs`).\n"
    )
    parts = [intro]
    for scope, title in SCOPES.items():
        rows = [
            f"| `{code}` | {SEVERITIES[message.severity]} | {message.sentence} | {message.fix} |"
            for code, message in MESSAGES.items()
            if message.scope == scope
        ]
        head = f"## {title}\n\n| Mã | Mức | Câu báo | Cách sửa |\n| --- | --- | --- | --- |"
        parts.append("\n".join((head, *rows, "")))
    return "\n".join(parts)


def main() -> None:
    """Write both pages."""
    (FOLDER / "lenh.md").write_text(commands_page(), encoding="utf-8")
    (FOLDER / "ma-loi.md").write_text(codes_page(), encoding="utf-8")


if __name__ == "__main__":
    main()
