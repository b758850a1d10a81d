"""What each layout version of a copy is, as data: columns, lists, fields of the cover, what its manifest says.

A returned copy is read by the version it was issued with, for agencies keep forms for years. What stands here never
changes once copies are out: a changed layout is a new version. Source: contract, section 4.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

Shape = tuple[str, str, str, str, bool]  # field, heading, rule, list, formula: see layout.Column


@dataclass(frozen=True, slots=True)
class LayoutVersion:
    """A version: columns by kind (statistics without its periods), choices, cover labels by field.

    unsaid holds the fields of a manifest that this version does not have yet, with what they mean in its copies.
    """

    columns: Mapping[str, tuple[Shape, ...]]
    choices: Mapping[str, tuple[str, ...]]
    cover: Mapping[str, str]
    unsaid: Mapping[str, object]


_TASKS: tuple[Shape, ...] = (
    ("key", "Mã", "", "", False),
    ("stt", "STT", "", "", False),
    ("title", "Nhiệm vụ, đề án", "", "", False),
    ("role", "Vai trò", "", "", False),
    ("lead", "Cơ quan chủ trì", "", "", False),
    ("coordinating", "Cơ quan phối hợp", "", "", False),
    ("submit_to", "Cấp trình", "", "", False),
    ("product", "Sản phẩm hoàn thành", "", "", False),
    ("deadline", "Thời gian trình", "", "", False),
    ("due", "Hạn", "", "", False),
    ("previous", "Kỳ trước", "", "", False),
    ("state", "Trạng thái", "choice", "DM_TrangThai", False),
    ("percent", "Tỷ lệ hoàn thành (%)", "completion", "", False),
    ("done_on", "Ngày hoàn thành", "date", "", False),
    ("issued", "Sản phẩm đã ban hành", "text", "", False),
    ("result", "Kết quả thực hiện", "text", "", False),
    ("difficulty", "Khó khăn, vướng mắc", "text", "", False),
    ("proposal", "Kiến nghị", "text", "", False),
    ("check", "Kiểm tra", "", "", True),
)
_STATS: tuple[Shape, ...] = (
    ("key", "Mã", "", "", False),
    ("stt", "STT", "", "", False),
    ("name", "Chỉ tiêu", "", "", False),
    ("unit", "Đơn vị tính", "", "", False),
    ("previous", "Kỳ trước", "", "", False),
    ("note", "Ghi chú", "text", "", False),
    ("check", "Kiểm tra", "", "", True),
)
_COLUMNS = MappingProxyType({"tasks": _TASKS, "stats": _STATS})
_CHOICES = MappingProxyType(
    {
        "DM_TrangThai": ("Chưa thực hiện", "Đang thực hiện", "Hoàn thành", "Chờ văn bản cấp trên", "Tạm dừng"),
        "DM_Co": ("x",),
    }
)
_COVER = MappingProxyType(
    {
        "filler": "Họ và tên người lập biểu",
        "phone": "Số điện thoại",
        "letter": "Số công văn gửi kèm",
        "letter_date": "Ngày công văn gửi kèm",
        "resubmission": "Lý do nộp lại",
        "nothing": "Không phát sinh toàn bộ",
    }
)

VERSIONS: Mapping[str, LayoutVersion] = MappingProxyType(
    {
        "1": LayoutVersion(_COLUMNS, _CHOICES, _COVER, unsaid=MappingProxyType({"key_id": ""})),
        # The cover asks for the filler's e-mail; the manifest says which key signed it.
        "2": LayoutVersion(
            _COLUMNS, _CHOICES, MappingProxyType({**_COVER, "email": "Thư điện tử"}), unsaid=MappingProxyType({})
        ),
    }
)
