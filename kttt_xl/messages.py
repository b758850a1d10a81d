"""Every finding code, its severity, and its Vietnamese sentences: what is wrong, and how to put it right.

A sentence may use {found}, {expected} and {header}. The officer reads the place (file, sheet, cell) beside it.
"""

from dataclasses import dataclass
from types import MappingProxyType

from kttt_xl.model import Finding

ERROR, WARNING, INFO = "error", "warning", "info"


@dataclass(frozen=True, slots=True)
class Message:
    """The wording of one finding code: scope (copy, conflict, officer, cell, form), severity, sentence, cure."""

    scope: str
    severity: str
    sentence: str
    fix: str


_ASK_AGAIN = "Đề nghị đơn vị gửi lại tệp; nếu vẫn lỗi, lấy lại biểu mẫu gốc và điền lại."
_SAVE_AS = "Mở tệp bằng Excel, chọn Tệp > Lưu thành (Save As), kiểu «Excel Workbook (*.xlsx)», rồi gửi lại."
_USE_OURS = "Điền vào đúng tệp biểu mẫu đã được gửi; không chép sang sổ tính khác."

MESSAGES = MappingProxyType(
    {
        # --- the copy is refused
        "not-a-workbook": Message("copy", ERROR, "Tệp không phải là sổ tính Excel: {found}.", _SAVE_AS),
        "damaged-file": Message("copy", ERROR, "Tệp bị hỏng, không đọc được trọn vẹn: {found}.", _ASK_AGAIN),
        "encrypted-file": Message(
            "copy",
            ERROR,
            "Tệp được đặt mật khẩu mở nên không đọc được.",
            "Mở tệp bằng mật khẩu, chọn Tệp > Thông tin > Bảo vệ sổ tính > Mã hóa bằng mật khẩu, xóa mật khẩu, "
            "lưu và gửi lại.",
        ),
        "legacy-format": Message("copy", ERROR, "Tệp ở định dạng cũ hoặc định dạng khác ({found}).", _SAVE_AS),
        "macro-file": Message("copy", ERROR, "Tệp có chứa macro hoặc thành phần chạy được ({found}).", _SAVE_AS),
        "too-large": Message(
            "copy",
            ERROR,
            "Tệp vượt giới hạn: {found}; giới hạn là {expected}.",
            "Xóa các dòng, trang, hình ảnh thừa ngoài biểu mẫu rồi lưu và gửi lại.",
        ),
        "unsafe-file": Message("copy", ERROR, "Tệp có cấu trúc không an toàn: {found}.", _ASK_AGAIN),
        "unreadable": Message("copy", ERROR, "Không đọc được tệp: {found}.", _ASK_AGAIN),
        "no-manifest": Message(
            "copy",
            ERROR,
            "Tệp không phải là bản sao do kttt-xl phát hành: {found}.",
            "Mở lại tệp biểu mẫu đã được gửi, chép các ô đã điền sang đó (dán giá trị), lưu rồi gửi đúng tệp đó.",
        ),
        "forged-manifest": Message(
            "copy",
            ERROR,
            "Chữ ký ở trang nhận dạng _kttt không khớp: {found}.",
            "Ký bằng khóa khác thì chạy lại với --campaign là thư mục đã phát hành bản này. Đã bị sửa thì đề nghị đơn "
            "vị điền vào đúng tệp biểu mẫu đã được gửi; không chép sang sổ tính khác.",
        ),
        "wrong-plan": Message(
            "copy",
            ERROR,
            "Bản sao thuộc kế hoạch «{found}», không phải «{expected}».",
            "Kiểm tra lại thư mục nhận; chuyển tệp về đúng đợt tổng hợp.",
        ),
        "wrong-period": Message(
            "copy",
            ERROR,
            "Bản sao thuộc kỳ «{found}», không phải kỳ «{expected}».",
            "Đề nghị đơn vị điền biểu mẫu của kỳ {expected}.",
        ),
        "wrong-kind": Message(
            "copy", ERROR, "Loại biểu mẫu «{found}» không có trong kế hoạch; cần «{expected}».", _USE_OURS
        ),
        "unknown-version": Message(
            "copy",
            ERROR,
            "Biểu mẫu phiên bản «{found}» không được hỗ trợ; phiên bản đọc được: {expected}.",
            "Cập nhật kttt-xl, hoặc đề nghị đơn vị điền biểu mẫu mới phát hành.",
        ),
        "missing-sheet": Message(
            "copy",
            ERROR,
            "Thiếu trang tính «{expected}»; tệp chỉ có: {found}.",
            "Lấy lại biểu mẫu gốc và điền lại.",
        ),
        "missing-column": Message(
            "copy",
            ERROR,
            "Thiếu cột «{expected}» trong bảng.",
            "Không xóa, đổi tên cột; lấy lại biểu mẫu gốc và điền lại.",
        ),
        "duplicate-row": Message(
            "copy",
            ERROR,
            "Dòng mã «{found}» có hai bản với nội dung khác nhau ({expected}).",
            "Xóa bản sai, giữ lại một dòng rồi gửi lại.",
        ),
        "missing-rows": Message(
            "copy",
            ERROR,
            "Thiếu {found} dòng của biểu mẫu (quá 20 %).",
            "Không xóa dòng, không sắp xếp mà bỏ sót cột Mã đang ẩn; lấy lại biểu mẫu gốc và điền lại.",
        ),
        "stale-choice": Message(
            "copy",
            ERROR,
            "Không rõ biểu mẫu trống này được điền cho đơn vị, kỳ nào: {found}.",
            "Ở trang Hướng dẫn chọn lại đúng như khi điền: {expected}; báo cáo cho đơn vị hoặc kỳ khác thì điền vào "
            "một biểu mẫu trống mới.",
        ),
        # --- a person must decide
        "wrong-agency": Message(
            "conflict",
            ERROR,
            "Không rõ bản sao của đơn vị nào: {found}; trang nhận dạng ghi «{expected}».",
            "Liên hệ đơn vị gửi để xác nhận, rồi yêu cầu gửi lại đúng tệp của mình.",
        ),
        "conflicting-copies": Message(
            "conflict",
            ERROR,
            "Đơn vị có nhiều bản sao khác nhau cho cùng một kỳ: {found}.",
            "Hỏi đơn vị bản nào đúng; chuyển các bản còn lại ra khỏi thư mục, hoặc gửi lại có ghi «Lý do nộp lại».",
        ),
        "after-closing": Message(
            "conflict",
            ERROR,
            "Tệp nhận sau khi kỳ báo cáo đã khóa (ghi chú khóa kỳ: {found}).",
            "Ở trang «Nguồn» chọn «dùng» và ghi lý do ngoại lệ, hoặc chọn «loại».",
        ),
        # --- what officers decided or wrote on slips
        "bad-decision": Message(
            "officer",
            ERROR,
            "Quyết định «{found}» chưa thực hiện được; cần: {expected}.",
            "Sửa hoặc xóa quyết định ở trang «Nguồn» rồi tổng hợp lại.",
        ),
        "decision-replaced": Message(
            "officer",
            WARNING,
            "Sổ này ghi «{expected}», sổ tổng hợp khác đã ghi «{found}»; dùng nội dung ở sổ này.",
            "Kiểm tra lại nội dung này ở trang «Nguồn».",
        ),
        "bad-slip": Message(
            "officer",
            ERROR,
            "Phiếu có cột «{header}» ghi «{found}»; cần {expected}.",
            "Sửa dòng phiếu ở trang «Nguồn» rồi tổng hợp lại; không dùng nữa thì xóa trắng dòng.",
        ),
        "changed-under-correction": Message(
            "officer",
            ERROR,
            "Sau khi cán bộ ghi phiếu ({expected}), tệp của đơn vị nay ghi «{found}»; đang tính theo phiếu.",
            "Ở trang «Nguồn», tại tệp này chọn «dùng» để giữ phiếu, hoặc «thay thế» để lấy theo tệp.",
        ),
        # --- the cell is refused
        "bad-number": Message(
            "cell",
            ERROR,
            "Ô «{header}» ghi «{found}», không đọc được thành số.",
            "Chỉ gõ số, ví dụ {expected}.",
        ),
        "ambiguous-number": Message(
            "cell",
            ERROR,
            "Ô «{header}» ghi «{found}» có thể hiểu theo hai cách: {expected}.",
            "Gõ lại số không có dấu chấm hàng nghìn; phần thập phân dùng dấu phẩy.",
        ),
        "bad-date": Message(
            "cell",
            ERROR,
            "Ô «{header}» ghi «{found}», không đọc được thành ngày.",
            "Gõ ngày dạng ngày/tháng/năm, ví dụ {expected}.",
        ),
        "not-in-list": Message(
            "cell",
            ERROR,
            "Ô «{header}» ghi «{found}», không có trong danh sách.",
            "Chọn một giá trị trong danh sách: {expected}.",
        ),
        "bad-percent": Message(
            "cell",
            ERROR,
            "Ô «{header}» ghi «{found}», không phải tỷ lệ hợp lệ.",
            "Gõ số phần trăm {expected}.",
        ),
        "negative-count": Message("cell", ERROR, "Ô «{header}» ghi số âm «{found}».", "Gõ số lượng từ 0 trở lên."),
        "not-whole": Message(
            "cell",
            ERROR,
            "Ô «{header}» ghi «{found}» nhưng chỉ tiêu này đếm theo đơn vị nguyên.",
            "Gõ số nguyên, không có phần thập phân.",
        ),
        "error-value": Message(
            "cell",
            ERROR,
            "Ô «{header}» đang báo lỗi Excel «{found}».",
            "Xóa ô rồi gõ trực tiếp giá trị.",
        ),
        "formula-in-input": Message(
            "cell",
            ERROR,
            "Ô «{header}» chứa công thức ({found}).",
            "Gõ trực tiếp giá trị, hoặc chép rồi dán đặc biệt «Giá trị» (Paste Values).",
        ),
        "date-out-of-range": Message(
            "cell",
            ERROR,
            "Ô «{header}» ghi ngày «{found}», nằm ngoài khoảng hợp lý {expected}.",
            "Kiểm tra lại ngày, tháng, năm.",
        ),
        "text-too-long": Message(
            "cell",
            ERROR,
            "Ô «{header}» dài {found} ký tự; giới hạn là {expected}.",
            "Rút gọn nội dung, phần chi tiết gửi kèm công văn.",
        ),
        "unknown-row": Message(
            "cell",
            ERROR,
            "Ô «{header}» có nội dung «{found}» nhưng dòng này không thuộc biểu mẫu (mã dòng: {expected}).",
            "Chuyển nội dung vào đúng dòng của biểu mẫu; không tự thêm dòng.",
        ),
        "outside-value": Message(
            "cell",
            ERROR,
            "Có nội dung «{found}» ở ngoài biểu mẫu.",
            "Chuyển nội dung vào cột nhập của đúng dòng (ví dụ «{expected}»), rồi xóa ô này.",
        ),
        # --- the cell is taken, with a warning
        "ambiguous-date": Message(
            "form",
            WARNING,
            "Ô «{header}» ghi ngày «{found}»; nếu đảo ngày và tháng thì là {expected}, nằm trong kỳ báo cáo.",
            "Kiểm tra lại thứ tự ngày/tháng.",
        ),
        "percent-scale": Message(
            "form",
            WARNING,
            "Ô «{header}» ghi «{found}»; đã hiểu là {expected}.",
            "Gõ theo phần trăm: chín mươi lăm phần trăm gõ 95.",
        ),
        "altered-locked-cell": Message(
            "form",
            WARNING,
            "Ô khóa «{header}» đã bị sửa thành «{found}»; kết quả vẫn dùng nội dung gốc của kế hoạch.",
            "Không sửa ô khóa; nếu nội dung gốc sai, báo cơ quan tổng hợp.",
        ),
        "overwritten-formula": Message(
            "form",
            WARNING,
            "Công thức ở ô «{header}» đã bị thay bằng «{found}»; kết quả không dùng ô này.",
            "Không gõ vào cột công thức.",
        ),
        "missing-row": Message(
            "form",
            WARNING,
            "Thiếu dòng mã «{expected}» của biểu mẫu; coi như chưa báo cáo.",
            "Lấy lại dòng này từ biểu mẫu gốc.",
        ),
        "legacy-encoding": Message(
            "form",
            WARNING,
            "Ô «{header}» có vẻ gõ bằng bảng mã cũ (TCVN3 hoặc VNI): «{found}»; có thể là «{expected}».",
            "Đối chiếu rồi gõ lại bằng bảng mã Unicode, phông Times New Roman; nội dung đang giữ nguyên như đã gõ.",
        ),
        "unverified-manifest": Message(
            "form",
            WARNING,
            "Chưa kiểm tra được chữ ký của bản sao: không có khóa của kế hoạch «{expected}» tại máy này.",
            "Chạy lại với --campaign là thư mục đợt phát hành, nơi có khóa.",
        ),
        "unit-outlier": Message(
            "form",
            WARNING,
            "Ô «{header}» ghi {found}, chênh quá 500 lần so với kỳ trước ({expected}).",
            "Kiểm tra lại đơn vị tính.",
        ),
        "missing-required": Message(
            "form",
            WARNING,
            "Chưa nhập «{header}» cho «{expected}».",
            "Nhập giá trị; số liệu không phát sinh thì gõ 0.",
        ),
        "done-without-date": Message(
            "form",
            WARNING,
            "Trạng thái «Hoàn thành» nhưng chưa có ngày hoàn thành.",
            "Nhập «Ngày hoàn thành».",
        ),
        "done-not-100": Message(
            "form",
            WARNING,
            "Trạng thái «Hoàn thành» nhưng tỷ lệ là {found} %.",
            "Sửa tỷ lệ thành 100, hoặc sửa trạng thái.",
        ),
        "date-without-done": Message(
            "form",
            WARNING,
            "Có ngày hoàn thành {found} nhưng trạng thái là «{expected}».",
            "Sửa trạng thái thành «Hoàn thành», hoặc xóa ngày.",
        ),
        "future-date": Message(
            "form",
            WARNING,
            "Ngày hoàn thành {found} ở sau ngày tổng hợp {expected}.",
            "Kiểm tra lại ngày; nhiệm vụ chưa xong thì để trống.",
        ),
        "waiting-not-conditional": Message(
            "form",
            WARNING,
            "Báo «Chờ văn bản cấp trên» nhưng nhiệm vụ này không phụ thuộc văn bản nào theo kế hoạch.",
            "Nêu rõ văn bản đang chờ ở «Khó khăn, vướng mắc», hoặc sửa trạng thái.",
        ),
        "parts-exceed-whole": Message(
            "form",
            WARNING,
            "«{header}»: phần {found} lớn hơn tổng {expected}.",
            "Kiểm tra lại hai số này.",
        ),
        "parts-do-not-sum": Message(
            "form",
            WARNING,
            "«{header}»: các phần cộng lại bằng {found}, khác tổng {expected}.",
            "Kiểm tra lại các số thành phần.",
        ),
        "ratio-out-of-range": Message(
            "form",
            WARNING,
            "«{header}»: tỷ lệ {found} % nằm ngoài khoảng 0 đến 100.",
            "Kiểm tra lại số liệu.",
        ),
        "growth-gap": Message(
            "form",
            WARNING,
            "«{header}»: thiếu số liệu năm {found} nên không tính được tăng bình quân.",
            "Bổ sung số liệu năm còn thiếu.",
        ),
        "copied-last-period": Message(
            "form",
            WARNING,
            "Nội dung trùng với kỳ trước ở {found} ô.",
            "Kiểm tra xem số liệu đã được cập nhật cho kỳ này chưa.",
        ),
        "external-links": Message(
            "form",
            WARNING,
            "Tệp có liên kết đến sổ tính khác; không mở sổ tính đó, chỉ đọc những gì gõ trực tiếp trong tệp.",
            "Trong Excel chọn Dữ liệu > Sửa liên kết (Edit Links) > Ngắt liên kết (Break Link), lưu và gửi lại.",
        ),
        "strict-format": Message(
            "form",
            WARNING,
            "Tệp lưu ở kiểu «Strict Open XML Spreadsheet»; đã đọc được, nhưng nhiều chương trình thấy trang trống.",
            _SAVE_AS,
        ),
        "shuffled-rows": Message(
            "form",
            WARNING,
            "Trong tệp, các dòng của trang không được ghi theo thứ tự; đã đọc theo số dòng.",
            "Mở tệp bằng Excel, lưu lại.",
        ),
        # --- repairs and changes of form only
        "unsupported-container": Message(
            "form",
            INFO,
            "Tệp «{found}» là tệp nén hoặc thư, không được mở.",
            "Giải nén, lấy tệp .xlsx ra thư mục.",
        ),
        "number-as-text": Message(
            "form", INFO, "Số gõ dạng chữ «{found}» đã được hiểu là {expected}.", "Không cần sửa."
        ),
        "percent-format": Message(
            "form", INFO, "Ô định dạng phần trăm «{found}» đã được hiểu là {expected} %.", "Không cần sửa."
        ),
        "date-as-text": Message(
            "form", INFO, "Ngày gõ dạng chữ «{found}» đã được hiểu là {expected}.", "Không cần sửa."
        ),
        "list-spelling": Message("form", INFO, "«{found}» đã được hiểu là «{expected}».", "Không cần sửa."),
        "cleaned-text": Message(
            "form",
            INFO,
            "Ô «{header}» có ký tự ẩn (điều khiển, đổi chiều chữ) hoặc ký tự hỏng: đã bỏ, hoặc thay bằng �.",
            "Xem lại nội dung ô; nếu đúng thì không cần sửa.",
        ),
        "older-layout": Message(
            "form",
            INFO,
            "Biểu mẫu phát hành theo phiên bản cũ «{found}» (nay là «{expected}»); đọc theo đúng phiên bản đó.",
            "Không cần sửa.",
        ),
        "moved-cells": Message(
            "form",
            INFO,
            "Công thức «Kiểm tra» ở {found} dòng không còn trỏ đúng dòng: có ô đã bị kéo, cắt dán sang dòng khác; "
            "giá trị được đọc theo chỗ đang đứng.",
            "Kiểm tra xem giá trị đứng đúng dòng, đúng cột chưa.",
        ),
        "renamed-sheet": Message(
            "form",
            INFO,
            "Trang tính «{expected}» đã bị đổi tên thành «{found}»; vẫn đọc được.",
            "Không cần sửa.",
        ),
        "moved-column": Message("form", INFO, "Các cột đã bị đổi chỗ; đọc theo tên cột: {found}.", "Không cần sửa."),
        "moved-row": Message("form", INFO, "Các dòng đã bị sắp xếp lại; đọc theo mã dòng.", "Không cần sửa."),
        "inserted-row": Message("form", INFO, "Có {found} dòng trống được chèn thêm; bỏ qua.", "Không cần sửa."),
        "repeated-row": Message(
            "form", INFO, "Dòng mã «{found}» có hai bản giống nhau; chỉ tính một lần.", "Không cần sửa."
        ),
    }
)


def finding(  # every argument is a column of the finding
    code: str,
    *,
    severity: str = "",
    agency: str = "",
    file: str = "",
    sheet: str = "",
    cell: str = "",
    header: str = "",
    found: str = "",
    expected: str = "",
) -> Finding:
    """Return the finding of that code with its sentences filled in; KeyError for a code that is not catalogued.

    severity is the catalogue's unless given (ambiguous-number is an error or a warning by the contract's table).
    """
    message = MESSAGES[code]
    words = {"found": found, "expected": expected, "header": header}
    return Finding(
        code=code,
        severity=severity or message.severity,
        agency=agency,
        file=file,
        sheet=sheet,
        cell=cell,
        header=header,
        found=found,
        expected=expected,
        message=message.sentence.format_map(words),
        fix=message.fix.format_map(words),
    )
