"""What doctor tells officers: for each sign its verdict, what was found, and the cure. Braces are filled with facts."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

GOOD, LOOK, BAD, UNKNOWN = "tốt", "cần xem", "lỗi", "không kiểm tra được"
VERDICTS = (BAD, LOOK, UNKNOWN, GOOD)  # as they are shown: worst first

_INSTALL = "Đóng Excel rồi chạy: kttt-xl addin install."
_OWN_PYTHON = (
    "Cài Python (bộ cài của python.org) cho mọi người dùng vào thư mục như C:\\kttt-xl, cài kttt-xl vào đó, rồi chạy "
    "lại: kttt-xl addin install."
)


class Sign(NamedTuple):
    """What a check saw: a name in ADVICE, and the facts for its sentences."""

    code: str
    facts: Mapping[str, object]

    @property
    def verdict(self) -> str:
        """Return how bad it is, one of VERDICTS."""
        return ADVICE[self.code].verdict

    @property
    def found(self) -> str:
        """Return what was found."""
        return ADVICE[self.code].found.format_map(self.facts)

    @property
    def cure(self) -> str:
        """Return what to do, empty where nothing is to be done."""
        return ADVICE[self.code].cure.format_map(self.facts)


def sign(code: str, **facts: object) -> Sign:
    """Return a sign; a verdict is never raised, it is shown."""
    return Sign(code, facts)


class Advice(NamedTuple):
    """The verdict of a sign, and its two sentences."""

    verdict: str
    found: str
    cure: str = ""


ADVICE = MappingProxyType(
    {
        "unanswered": Advice(
            UNKNOWN, "Windows không trả lời ({reason}).", "Chạy lại bằng tài khoản đang dùng Excel, hoặc nhờ IT xem."
        ),
        "not-run": Advice(
            UNKNOWN, "Chưa chạy thử được Python của add-in.", "Sửa các mục về Python trước, rồi chạy lại."
        ),
        "not-there": Advice(UNKNOWN, "Chưa có add-in để xem.", _INSTALL),
        # Excel
        "excel-none": Advice(
            BAD,
            "Không thấy Microsoft Excel trên máy này.",
            "Cài Excel 2010 trở lên; máy chỉ có WPS hoặc LibreOffice thì dùng máy chủ KTTT của tỉnh.",
        ),
        "excel-old": Advice(BAD, "{name} quá cũ: add-in cần Excel 2010 trở lên.", "Cài Excel mới hơn."),
        "excel-bits": Advice(
            UNKNOWN,
            "{name}: không đọc được là 32 hay 64 bit.",
            "Xem trong Excel: Tệp > Tài khoản > Giới thiệu về Excel.",
        ),
        "excel-ok": Advice(GOOD, "{name}, {bits} bit."),
        "spill-yes": Advice(GOOD, "{name}: kết quả nhiều ô tự tràn sang các ô bên cạnh."),
        "spill-no": Advice(
            LOOK,
            "{name} không tự tràn kết quả nhiều ô.",
            "Chọn trước vùng chứa kết quả, gõ công thức, rồi bấm Ctrl+Shift+Enter.",
        ),
        "spill-unknown": Advice(
            UNKNOWN,
            "Không rõ {name} có tự tràn kết quả nhiều ô hay không.",
            "Gõ =ROW(1:3) vào một ô trống: ra ba ô là có; ra một ô thì dùng Ctrl+Shift+Enter.",
        ),
        # The add-in's file
        "addin-none": Advice(BAD, "Chưa cài add-in: không có {file}.", _INSTALL),
        "addin-gone": Advice(
            BAD,
            "Đã cài {file} nhưng nay không còn: phần mềm diệt virus có thể đã cách ly.",
            "Xem mục cách ly của phần mềm diệt virus; nhờ IT cho phép tệp có sha256 {sha256}; rồi chạy lại: "
            "kttt-xl addin install.",
        ),
        "addin-changed": Advice(
            BAD,
            "{file} không còn như lúc cài (sha256 nay là {now}): bị sửa, hoặc phần mềm diệt virus đã cắt bớt.",
            "Nhờ IT cho phép tệp có sha256 {sha256}, rồi đóng Excel và chạy lại: kttt-xl addin install.",
        ),
        "addin-foreign": Advice(
            BAD,
            "{file} không phải add-in KTTT, đã hỏng, hoặc không đọc được.",
            "Đóng Excel, chuyển tệp đó sang thư mục khác, rồi chạy: kttt-xl addin install.",
        ),
        "addin-unrecorded": Advice(
            LOOK, "Có {file} nhưng không có ghi nhận lúc cài, nên không biết còn nguyên hay không.", _INSTALL
        ),
        "addin-ok": Advice(GOOD, "{file} đúng như lúc cài (kttt-xl {version})."),
        "modules-missing": Advice(
            BAD,
            "{file} thiếu phần {missing}: các ô sẽ báo «Object required».",
            "Lấy lại kttt.xlam từ nơi phát hành, rồi chạy: kttt-xl addin install.",
        ),
        "modules-ok": Advice(GOOD, "Hàm và cầu nối Python nằm trong cùng một add-in."),
        "marked": Advice(
            BAD,
            "{file} mang dấu «tải từ mạng» nên Excel chặn macro trong tệp.",
            "Đóng Excel rồi chạy lại: kttt-xl addin install (lệnh này bỏ dấu đó trên đúng tệp kttt.xlam).",
        ),
        "mark-ok": Advice(GOOD, "Tệp không mang dấu «tải từ mạng»."),
        "twice": Advice(
            BAD,
            "Có {count} bản add-in: {files}. Công thức sẽ hiện kèm đường dẫn của bản này hoặc bản kia.",
            "Giữ một bản: kttt-xl addin uninstall (thêm --all-users cho bản dùng chung), xóa bản còn lại bằng tay; "
            "sổ đã hiện đường dẫn thì vào Dữ liệu > Sửa liên kết > Thay đổi nguồn, chọn bản giữ lại.",
        ),
        "elsewhere": Advice(
            LOOK,
            "Add-in nằm ở {files}, không ở thư mục XLSTART.",
            "Bỏ dấu chọn add-in đó trong Excel (Tệp > Tùy chọn > Add-in), xóa tệp, rồi chạy: kttt-xl addin install.",
        ),
        "place-ok": Advice(GOOD, "Có đúng một bản add-in, ở thư mục XLSTART."),
        # What the organisation allows
        "vba-off": Advice(
            BAD,
            "Chính sách tắt hẳn VBA trong Office (VBAOFF).",
            "Nhờ IT bỏ chính sách «Disable VBA for Office applications».",
        ),
        "macros-off": Advice(
            BAD,
            "Macro bị tắt không hỏi (VBAWarnings = 4) và các vị trí tin cậy cũng bị tắt.",
            "Nhờ IT cho phép vị trí tin cậy {folder}, hoặc ký số add-in.",
        ),
        "macros-signed": Advice(
            BAD,
            "Chỉ macro có chữ ký số được chạy (VBAWarnings = 3) và các vị trí tin cậy bị tắt; add-in này chưa ký.",
            "Nhờ IT cho phép vị trí tin cậy {folder}, hoặc ký số add-in.",
        ),
        "locations-off": Advice(
            LOOK,
            "Các vị trí tin cậy bị tắt: Excel sẽ hỏi về macro mỗi lần mở.",
            "Bấm «Enable Macros» mỗi lần mở Excel, hoặc nhờ IT cho phép vị trí tin cậy {folder}.",
        ),
        "macros-trusted": Advice(
            LOOK,
            "Macro bị hạn chế (VBAWarnings = {value}), nhưng XLSTART là vị trí tin cậy nên add-in vẫn chạy được.",
            "Mở Excel xem có tab KTTT; không có thì nhờ IT cho phép vị trí tin cậy {folder}.",
        ),
        "macros-ok": Advice(GOOD, "Không có chính sách nào chặn macro của add-in."),
        "addins-off": Advice(
            BAD,
            "Mọi add-in của Excel bị tắt (DisableAllAddins).",
            "Nhờ IT bỏ chính sách «Disable all application add-ins».",
        ),
        "addins-signed": Advice(
            BAD,
            "Chỉ add-in có chữ ký số được chạy (RequireAddinSig); add-in này chưa ký.",
            "Nhờ IT ký số kttt.xlam, hoặc bỏ yêu cầu này cho Excel.",
        ),
        "addins-ok": Advice(GOOD, "Không có chính sách nào chặn add-in."),
        "vbom-on": Advice(
            LOOK,
            "«Trust access to the VBA project object model» đang bật; kttt-xl không cần quyền này.",
            "Nên tắt: Tệp > Tùy chọn > Trung tâm tin cậy > Thiết đặt macro; không dùng «Import Functions» của xlwings.",
        ),
        "vbom-ok": Advice(GOOD, "Không mở quyền sửa dự án VBA; kttt-xl không cần quyền này."),
        "asr-block": Advice(
            BAD,
            "Quy tắc ASR «Block Office applications from creating child processes» đang chặn Excel khởi động Python.",
            "Nhờ IT thêm ngoại lệ ASR cho {python}; hoặc cho chạy sẵn máy chủ Python khi đăng nhập và cài bằng: "
            "kttt-xl addin install --logon-server.",
        ),
        "asr-warn": Advice(
            LOOK,
            "Quy tắc ASR về tiến trình con của Office đang ở chế độ cảnh báo.",
            "Lần đầu bấm nút trong tab KTTT, chọn «Unblock» khi Windows hỏi; hoặc nhờ IT thêm ngoại lệ cho {python}.",
        ),
        "asr-excluded": Advice(
            LOOK,
            "Quy tắc ASR chặn tiến trình con của Office, nhưng có ngoại lệ {exclusion}.",
            "Bấm thử một nút trong tab KTTT; bị chặn thì nhờ IT xem lại ngoại lệ.",
        ),
        "asr-served": Advice(
            GOOD, "Quy tắc ASR chặn tiến trình con của Office; add-in dùng máy chủ Python chạy sẵn nên không vướng."
        ),
        "asr-ok": Advice(GOOD, "Không có quy tắc ASR nào chặn Excel khởi động Python."),
        "disabled": Advice(
            BAD,
            "Excel đã tự tắt add-in sau một lần lỗi (Disabled Items).",
            "Trong Excel: Tệp > Tùy chọn > Add-in > Quản lý: Mục bị tắt > Đi, chọn kttt.xlam, bấm Bật; mở lại Excel.",
        ),
        "disabled-ok": Advice(GOOD, "Excel không tắt add-in."),
        # Python
        "python-unset": Advice(BAD, "Add-in chưa biết Python nằm ở đâu.", _INSTALL),
        "python-path": Advice(
            BAD,
            "Không dùng được Python ở «{python}»: phải là đường dẫn đầy đủ trên ổ đĩa của máy, không dấu tiếng Việt.",
            _OWN_PYTHON,
        ),
        "python-missing": Advice(
            BAD, "Không thấy Python ở {python}: đã gỡ, chuyển chỗ, hoặc bị chặn.", f"Cài lại kttt-xl. {_INSTALL}"
        ),
        "python-onedrive": Advice(
            BAD, "Python nằm trong thư mục OneDrive ({python}): tệp có thể không ở sẵn trên máy.", _OWN_PYTHON
        ),
        "python-store": Advice(
            LOOK, "Python cài từ Microsoft Store ({python}): Excel thường không gọi được.", _OWN_PYTHON
        ),
        "python-conda": Advice(
            LOOK,
            "Python thuộc Anaconda ({python}): Excel gọi Python mà không kích hoạt môi trường conda.",
            f"Hàm báo lỗi thì dùng Python riêng. {_OWN_PYTHON}",
        ),
        "python-ok": Advice(GOOD, "{python}"),
        "dll-missing": Advice(
            BAD,
            "Không thấy {dll} cạnh Python ({folder}) và ở thư mục ngay trên.",
            'Chạy: "{exe}" -m pip install --force-reinstall --no-deps xlwings=={version}. Tệp lại mất là do phần mềm '
            "diệt virus: nhờ IT khôi phục và cho phép.",
        ),
        "dll-python-32": Advice(
            BAD,
            "Không thấy {dll}: Python này là bản 32 bit, xlwings chỉ mang DLL theo bản 64 bit.",
            "Cài Python 64 bit (dùng được với cả Excel 32 bit) vào thư mục như C:\\kttt-xl, cài kttt-xl vào đó, rồi "
            "chạy lại: kttt-xl addin install.",
        ),
        "dll-other": Advice(
            BAD,
            "Add-in cần {dll}, cạnh Python chỉ có {others}: xlwings đã đổi phiên bản.",
            'Chạy: "{exe}" -m pip install xlwings=={version}.',
        ),
        "dll-changed": Advice(
            BAD,
            "{dll} không còn như lúc phát hành: hỏng, hoặc bị phần mềm diệt virus sửa.",
            'Chạy: "{exe}" -m pip install --force-reinstall --no-deps xlwings=={version}; nhờ IT cho phép tệp này.',
        ),
        "dll-ok": Advice(GOOD, "{dll} nằm đúng chỗ."),
        "package-missing": Advice(
            BAD,
            "Python của add-in không nạp được kttt-xl: {reason}",
            'Chạy: "{exe}" -m pip install "kttt-xl[excel]".',
        ),
        "package-hung": Advice(
            BAD,
            "Python không trả lời sau {seconds} giây.",
            "Nhờ IT loại thư mục {folder} khỏi quét tức thời của phần mềm diệt virus, rồi chạy lại.",
        ),
        "package-pywin32": Advice(
            BAD,
            "Python của add-in thiếu pywin32 nên không nói chuyện được với Excel.",
            'Chạy: "{exe}" -m pip install pywin32.',
        ),
        "package-elsewhere": Advice(
            LOOK,
            "kttt-xl được lấy từ {folder}, không phải từ Python của add-in.",
            'Chạy: "{exe}" -m pip install "kttt-xl[excel]" để cài hẳn vào Python đó.',
        ),
        "package-ok": Advice(GOOD, "kttt-xl {version} nạp được."),
        "version-xlwings": Advice(
            BAD,
            "Add-in làm cho xlwings {addin}, Python có xlwings {python}: hai bên phải bằng nhau.",
            'Chạy: "{exe}" -m pip install xlwings=={addin}; hoặc cài kttt.xlam cùng bản với kttt-xl đang dùng.',
        ),
        "version-kttt": Advice(
            LOOK,
            "Add-in của kttt-xl {addin}, Python có kttt-xl {python}.",
            "Cài kttt.xlam cùng bản: đóng Excel rồi chạy kttt-xl addin install với tệp mới.",
        ),
        "version-ok": Advice(GOOD, "Add-in và Python cùng xlwings {addin}, kttt-xl {kttt}."),
        "unicode-broken": Advice(
            BAD,
            "Chữ tiếng Việt đi qua Python về thành «{text}» thay vì «{sent}».",
            "Gỡ biến môi trường PYTHONIOENCODING, PYTHONLEGACYWINDOWSFSENCODING nếu có, rồi cài lại kttt-xl.",
        ),
        "unicode-ok": Advice(GOOD, "«{text}» đi và về nguyên vẹn."),
        "start-slow": Advice(
            LOOK,
            "Python khởi động mất {seconds} giây: công thức tính ngay lúc mở sổ sẽ phải chờ.",
            "Nhờ IT loại thư mục {folder} khỏi quét tức thời của phần mềm diệt virus; đừng đặt Python trên ổ mạng.",
        ),
        "start-ok": Advice(GOOD, "Python khởi động trong {seconds} giây."),
        "speed-slow": Advice(
            LOOK,
            "Đọc một khối 1.000 ô mất {seconds} giây.",
            "Dùng một công thức cho cả cột (=KTTT_SO(A1:A1000)), đừng mỗi ô một công thức; nhờ IT xem tải của máy.",
        ),
        "speed-ok": Advice(GOOD, "Đọc một khối 1.000 ô trong {seconds} giây."),
        # Folders and processes
        "profile-network": Advice(
            LOOK,
            "Thư mục XLSTART nằm trên mạng ({folder}): Excel mặc định không tin cậy vị trí mạng.",
            "Cài cho mọi người dùng của máy: kttt-xl addin install --all-users.",
        ),
        "profile-onedrive": Advice(
            LOOK,
            "Thư mục XLSTART nằm trong OneDrive ({folder}): add-in có thể chưa tải về lúc mở Excel.",
            "Cài cho mọi người dùng của máy: kttt-xl addin install --all-users.",
        ),
        "onedrive-used": Advice(
            GOOD, "Máy dùng OneDrive ({folder}); kttt-xl không lấy đường dẫn từ sổ đang mở nên không vướng."
        ),
        "folders-ok": Advice(GOOD, "Thư mục của add-in nằm trên máy."),
        "excel-hidden": Advice(
            LOOK,
            "Excel đang chạy mà không có cửa sổ (tiến trình số {pids}).",
            "Lưu và đóng mọi sổ, rồi trong Task Manager > Details kết thúc tiến trình EXCEL.EXE có số đó.",
        ),
        "hidden-ok": Advice(GOOD, "Không có Excel chạy ngầm."),
        "python-orphan": Advice(
            LOOK,
            "Python của add-in còn chạy mà không thuộc Excel nào (tiến trình số {pids}).",
            "Trong Task Manager > Details kết thúc tiến trình có số đó, nếu không phải máy chủ do IT cho chạy sẵn.",
        ),
        "orphan-ok": Advice(GOOD, "Không có Python nào của add-in bị bỏ lại."),
    }
)
