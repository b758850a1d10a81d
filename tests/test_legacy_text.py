"""Old encodings are told apart from Unicode, and Unicode is never taken for one of them."""

import csv
import io
import re
import unicodedata
from functools import cache
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from openpyxl.styles import Font
from openpyxl.workbook import Workbook
from returned_copies import Trial, few_tasks, told, values

from kttt_xl import gate, legacy_text
from kttt_xl.cells import Cell
from kttt_xl.legacy_notes import UNREAD, encoding_notes
from kttt_xl.legacy_tables import TABLES, decode
from kttt_xl.legacy_text import Legacy, encoding_of, font_encoding, legacy, old_encoding
from kttt_xl.model import Plan
from kttt_xl.period import Period
from kttt_xl.plan_book_read import read_plan_file
from kttt_xl.plan_book_write import write_plan
from kttt_xl.syllables import is_syllable
from kttt_xl.workbook import read_workbook

ROOT = Path(__file__).parent.parent
SEEDS = sorted((ROOT / "tests" / "seeds").glob("*.txt"))
PLANS = sorted(path for path in (ROOT / "workbooks").rglob("*") if path.suffix in {".csv", ".toml"})
VIETNAMESE = set("abcdeghiklmnopqrstuvxyđ") | {
    unicodedata.normalize("NFC", vowel + tone)
    for vowel in "aăâeêioôơuưy"
    for tone in ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
}
TCVN3, VNI = "TCVN3 (phông .VnTime)", "VNI (phông VNI-Times)"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Th«ng t­ cña Bé KÕ ho¹ch vµ §Çu t­", TCVN3),  # domain.md 6.2
        ("NhiÖm vô, §Ò ¸n", TCVN3),
        ("C¬ quan: Së Tµi chÝnh/c¸c së", TCVN3),
        ("NHIEÄM VUÏ", VNI),
        ("cô quan chuû trì", VNI),
        ("Nhiệm vụ, «đề án» và của các sở; 5 m² × 2 – ½; Müller & Cía · café naïve", ""),
        ("Nhie\u0302\u0323m vu\u0323 cu\u0309a", ""),
        ("", ""),
    ],
)
def test_old_encodings(text: str, encoding: str) -> None:
    assert old_encoding(text) == encoding


def test_every_syllable_holds_a_letter_that_vietnamese_does_not_have() -> None:
    assert [word for word in legacy_text._OWNERS if set(word) <= VIETNAMESE] == []
    assert len(legacy_text._OWNERS) == sum(len(words.split()) for words in legacy_text._SYLLABLES.values())


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.name)
def test_real_plans_are_unicode_and_told_from_other_files_of_theirs(seed: Path) -> None:
    text = seed.read_text(encoding="utf-8")
    assert old_encoding(text) == ""
    found = {codec: encoding_of(text.encode(codec)) for codec in ("utf-16", "utf-16-le", "utf-16-be")}
    assert set(found.values()) == {"UTF-16 (Notepad gọi là Unicode)"}


# --- the tables. Letters of Unicode, codes of TCVN3 (as VN3 of TCVN 5712:1993), codes of VNI for Windows.
ROWS = [
    ("a à ả ã á ạ", "a µ ¶ · ¸ ¹", "a aø aû aõ aù aï"),
    ("ă ằ ẳ ẵ ắ ặ", "¨ » ¼ ½ ¾ Æ", "aê aè aú aü aé aë"),
    ("â ầ ẩ ẫ ấ ậ", "© Ç È É Ê Ë", "aâ aà aå aã aá aä"),
    ("e è ẻ ẽ é ẹ", "e Ì Î Ï Ð Ñ", "e eø eû eõ eù eï"),
    ("ê ề ể ễ ế ệ", "ª Ò Ó Ô Õ Ö", "eâ eà eå eã eá eä"),
    ("i ì ỉ ĩ í ị", "i × Ø Ü Ý Þ", "i ì æ ó í ò"),
    ("o ò ỏ õ ó ọ", "o ß á â ã ä", "o oø oû oõ où oï"),
    ("ô ồ ổ ỗ ố ộ", "« å æ ç è é", "oâ oà oå oã oá oä"),
    ("ơ ờ ở ỡ ớ ợ", "¬ ê ë ì í î", "ô ôø ôû ôõ ôù ôï"),
    ("u ù ủ ũ ú ụ", "u ï ñ ò ó ô", "u uø uû uõ uù uï"),
    ("ư ừ ử ữ ứ ự", "\u00ad õ ö ÷ ø ù", "ö öø öû öõ öù öï"),
    ("y ỳ ỷ ỹ ý ỵ", "y ú û ü ý þ", "y yø yû yõ yù î"),
    ("d đ", "d ®", "d ñ"),
]
CAPITALS = ("A Ă Â Đ E Ê I O Ô Ơ U Ư Y", "A ¡ ¢ § E £ I O ¤ ¥ U ¦ Y")  # of TCVN3: none has a tone


@pytest.mark.parametrize("letters", ROWS, ids=lambda row: row[0])
def test_every_letter_of_both_tables(letters: tuple[str, str, str]) -> None:
    unicode, tcvn3, vni = letters
    assert decode(tcvn3, "TCVN3") == unicode
    assert decode(vni, "VNI") == unicode
    assert decode(vni.upper(), "VNI") == unicode.upper()


def test_the_tables_hold_those_letters_and_no_more() -> None:
    assert decode(CAPITALS[1], "TCVN3") == CAPITALS[0]
    tones = [letter for row in ROWS for letter in row[0].split() if not letter.isascii()]
    capitals = [letter for letter in CAPITALS[0].split() if not letter.isascii()]
    assert sorted(TABLES["TCVN3"].values()) == sorted(tones + capitals)
    assert sorted(TABLES["VNI"].values()) == sorted(tones + [letter.upper() for letter in tones])


def encode(text: str, encoding: str) -> str:
    """Return a text as typed in an old encoding; TCVN3 writes a capital with a tone as the small letter."""
    codes = {letter: code for code, letter in TABLES[encoding].items()}
    codes = {letter.upper(): code for letter, code in codes.items() if letter.islower()} | codes
    return "".join(codes.get(letter, letter) for letter in text)


SYLLABLES = "quý khuỷu giêng gì già nghiệp ở oán thuở quốc hòa hoà thúy thuý Ý ĐƯỢC yếu uyển xoong toóc khoèo"
NO_SYLLABLES = "đ qđ hởp aỏ aọ tel pơ nghuyẹn hoaà thươg xoọn Müller tốtt ấấ sèt"


@pytest.mark.parametrize(
    ("word", "expected"),
    [*((word, True) for word in SYLLABLES.split()), *((word, False) for word in NO_SYLLABLES.split())],
)
def test_syllables(word: str, expected: bool) -> None:  # a table
    assert is_syllable(word) is expected


# --- telling them apart

H, T, V = ".VnTimeH", ".VnTime", "VNI-Times"
TOLD: list[tuple[str, str, Legacy | None]] = [
    ("Th«ng t­ cña Bé KÕ ho¹ch vµ §Çu t­", "", Legacy("TCVN3", "Thông tư của Bộ Kế hoạch và Đầu tư")),
    ("Th«ng t cña Bé KÕ ho¹ch", "", Legacy("TCVN3", "")),  # ư was lost on the way: "t" is no word
    ("NHIÖM Vô, §Ò ¸N", "", Legacy("TCVN3", "NHIỆM VỤ, ĐỀ ÁN")),
    ("NhiÖm vô cña H§ND, UBND", "", Legacy("TCVN3", "Nhiệm vụ của HĐND, UBND")),
    ("QuyÕt ®Þnh sè 12/Q§-UBND", "", Legacy("TCVN3", "Quyết định số 12/QĐ-UBND")),
    ("NHIEÄM VUÏ NAÊM 2024", "", Legacy("VNI", "NHIỆM VỤ NĂM 2024")),
    ("Ñaõ trieån khai taïi 5 xaõ", "", Legacy("VNI", "Đã triển khai tại 5 xã")),
    ("®ang nhiệm vụ vµ chñ tr×", "", Legacy("TCVN3", "")),  # two encodings in one text
    ("Së", "", None),  # one short word: another language may have it
    ("Së", T, Legacy("TCVN3", "Sở")),
    ("nhiÖm vô", H, Legacy("TCVN3", "NHIỆM VỤ")),  # capitals are the font's
    ("hoµn thµnh", V, Legacy("TCVN3", "hoàn thành")),  # the letters decide, whatever the font says
    ("sè tèt", "", None),  # letters that Vietnamese has too
    ("sè tèt", T, Legacy("TCVN3", "số tốt")),
    ("caùc", V, Legacy("VNI", "các")),
    ("Hội nghị «báo cáo» của các xã", T, None),  # Unicode typed in an old font
    ("3 xã", T, None),  # may be either: what honest officers type is not called into question
    ("HTX 2024", T, None),
    ("µm và m×n, ½ ha, 5 m², «m», Zalo®, © 2024", "", None),
]


@pytest.mark.parametrize(("text", "font", "expected"), TOLD)
def test_which_encoding_and_what_it_says(text: str, font: str, expected: Legacy | None) -> None:
    assert legacy(text, font) == expected


@pytest.mark.parametrize(
    ("font", "encoding"),
    [
        *((name, "TCVN3") for name in (".VnTime", ".VNTIMEH", ".vnArial Narrow")),
        *((name, "VNI") for name in ("VNI-Times", "VNI Helve", "vni-aptima")),
        *((name, "") for name in ("Times New Roman", "Arial", "", ".VN", "VNI", "Avnir.Vn")),
    ],
)
def test_fonts_of_old_encodings(font: str, encoding: str) -> None:
    assert font_encoding(font) == encoding


HONEST = """
    été où déjà voilà français élève hôtel fête île août château Noël naïve maïs haïr laïc thaï Loïc Caïn Haïti ambiguë
    coïncidence dû sûr mûr goût coût voûte brûlé crû mû reçu leçon garçon façade ça çà œuvre cœur sœur tôt côté bientôt
    plaît gît maître cloître dîner gîte forêt être même très après progrès procès succès créé préfecture coopérative
    développement économique société intérêt général à l'année née résumé façade café naïveté rôle entrepôt dépôt impôt
    coöperate Brontë Zoë Chloë Beyoncé fiancé cliché décor señor piñata jalapeño El Niño doppelgänger über Müller Köln
    smörgåsbord São Paulo Curaçao Malmö Tromsø crème brûlée déjà-vu vis-à-vis Raphaël Israël Moët canoë aiguë aïeul ouï
""".split()  # noqa: SIM905  # a list that a person can read


@cache
def plan_texts() -> tuple[str, ...]:
    """Return every line of the seeds and of the built-in plans, whole and taken apart."""
    lines = [line for path in (*SEEDS, *PLANS) for line in path.read_text(encoding="utf-8").splitlines()]
    parts = {part.strip() for line in lines for part in re.split(r"[,;|\t\"]", line)}
    return tuple(sorted({*lines, *parts, " ".join(lines)}))


@pytest.mark.parametrize("font", ["", T, H, V])
def test_unicode_is_never_called_into_question(font: str) -> None:
    texts = (*plan_texts(), " ".join(HONEST), *HONEST, *(" ".join(HONEST[at : at + 6]) for at in range(len(HONEST))))
    assert [text for text in texts if legacy(text, font)] == []


@cache
def plan_cells() -> tuple[str, ...]:
    """Return the cells of the plans' tables that an old encoding can hold: Vietnamese, and nothing beyond it."""
    tables = [path.read_text(encoding="utf-8") for path in PLANS if path.suffix == ".csv"]
    cells = {cell for table in tables for row in csv.reader(io.StringIO(table)) for cell in row}
    return tuple(sorted(cell for cell in cells if re.search("[^\x00-\xff]", cell) and not re.search("[–…]", cell)))


@pytest.mark.parametrize(
    ("encoding", "font", "found"), [("TCVN3", "", 93), ("TCVN3", T, 99), ("VNI", "", 90), ("VNI", V, 99)]
)
def test_plans_in_an_old_encoding_are_found_and_read_right_or_not_at_all(encoding: str, font: str, found: int) -> None:
    read = {text: legacy(encode(text, encoding), font) for text in plan_cells()}
    known = {text: result for text, result in read.items() if result}
    assert {result.encoding for result in known.values()} == {encoding}
    fold = str.casefold if encoding == "TCVN3" else str  # its capitals lose their tones, or are their font's
    wrong = [text for text, result in known.items() if result.reading and fold(result.reading) != fold(text)]
    assert wrong == []
    assert 100 * len(known) // len(read) >= found
    assert 100 * sum(bool(result.reading) for result in known.values()) // len(known) >= 80


# --- in a workbook


def book(*cells: tuple[str, str]) -> dict[str, Cell]:
    """Return the cells of a workbook with these texts in column A, each in a font; "+" parts runs in fonts."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as made:
        sheet = made.add_worksheet()
        for row, (text, font) in enumerate(cells):
            fonts = [made.add_format({"font_name": name} if name else {}) for name in font.split("+")]
            runs = text.split("+")
            if len(runs) > 1:
                parts = [part for run in zip(fonts, runs, strict=True) for part in run]
                sheet.write_rich_string(row, 0, *parts)
            else:
                sheet.write_string(row, 0, text, fonts[0])
    return {cell.address: cell for cell in read_workbook(gate.open_content(stream.getvalue())).sheets[0].cells.values()}


def test_the_font_of_a_cell_and_of_a_run_is_known() -> None:
    cells = book(("Së", T), ("Së", ""), ("Sở +Së", f"Times New Roman+{H}"), ("caùc", V), ("Sở", "Arial"), ("Së", T))
    assert [(cell.text, cell.font) for cell in cells.values()] == [
        ("Së", T), ("Së", ""), ("Sở Së", H), ("caùc", V), ("Sở", ""), ("Së", T)
    ]  # fmt: skip


def test_a_workbook_in_usual_fonts_is_not_searched_twice() -> None:
    assert {cell.font for cell in book(("Së", "Arial"), ("a+b", "Arial+Calibri")).values()} == {""}


SENTENCE = "Ô «{}» có vẻ gõ bằng bảng mã cũ (TCVN3 hoặc VNI): «{}»; có thể là «{}»."


@pytest.fixture
def trial(gia_lai: Plan, year: Period, tmp_path: Path) -> Trial:
    return Trial(few_tasks(gia_lai, year), tmp_path)


def test_a_copy_says_it_and_keeps_what_was_typed(trial: Trial) -> None:
    typed = "§· tæ chøc héi nghÞ; göi b¸o c¸o cho Së KÕ ho¹ch vµ §Çu t\u00ad"
    read = "Đã tổ chức hội nghị; gửi báo cáo cho Sở Kế hoạch và Đầu tư"
    reading = trial.read({"L9": "Hoµn thµnh", "P9": typed, "Q9": "Ñaõ trieån khai taïi 5 xaõ", "P10": "Đã tổ chức"})
    assert told(reading) == [
        ("not-in-list", "L9", "Hoµn thµnh", "Ô «Trạng thái» ghi «Hoµn thµnh», không có trong danh sách."),
        ("legacy-encoding", "L9", "Hoµn thµnh", SENTENCE.format("Trạng thái", "Hoµn thµnh", "Hoàn thành")),
        ("legacy-encoding", "P9", typed, SENTENCE.format("Kết quả thực hiện", typed, read)),
        (
            "legacy-encoding",
            "Q9",
            "Ñaõ trieån khai taïi 5 xaõ",
            SENTENCE.format("Khó khăn, vướng mắc", "Ñaõ trieån khai taïi 5 xaõ", "Đã triển khai tại 5 xã"),
        ),
    ]
    assert {found.expected for found in reading.findings if found.cell == "P9"} == {read}
    assert values(reading) == {
        ("1", "result"): typed,  # the soft hyphen at its end too: it is the ư
        ("1", "difficulty"): "Ñaõ trieån khai taïi 5 xaõ",
        ("4", "result"): "Đã tổ chức",
    }


def test_the_font_counts_in_a_copy(trial: Trial) -> None:
    def edit(book: Workbook) -> None:
        for at, text in (("P9", "Së"), ("P10", "Đã xong")):
            book[trial.copy.sheet][at] = text
            book[trial.copy.sheet][at].font = Font(name=T)

    reading = trial.read(trial.edited(edit))
    told_of = [
        (found.cell, found.found, found.expected) for found in reading.findings if found.code == "legacy-encoding"
    ]
    assert told_of == [("P9", "Së", "Sở")]
    assert values(reading) == {("1", "result"): "Së", ("4", "result"): "Đã xong"}


@pytest.mark.parametrize(
    ("cell", "noted"),
    [
        (Cell(1, 1, "text", "KÕ ho¹ch vµ §Çu t"), [("KÕ ho¹ch vµ §Çu t", UNREAD)]),
        (Cell(1, 1, "text", "Kế hoạch"), []),
        (Cell(1, 1, "text", "KÕ ho¹ch vµ", '"KÕ ho¹ch vµ"'), []),  # a formula: refused for that
        (Cell(1, 1, "text", " KÕ ho¹ch " + "vµ " * 200), [(("KÕ ho¹ch " + "vµ " * 200)[:199] + "…",) * 2]),
    ],
)
def test_what_is_noted_of_a_cell(cell: Cell, noted: list[tuple[str, str]]) -> None:
    found = [(note.found, note.expected) for note in encoding_notes(cell)]
    if noted and noted[0][0] == noted[0][1]:
        noted = [(noted[0][0], decode(noted[0][0], "TCVN3"))]
    assert found == noted


def test_a_plan_workbook_in_an_old_encoding_is_refused_cell_by_cell(gia_lai: Plan, tmp_path: Path) -> None:
    file = tmp_path / "ke-hoach.xlsx"
    file.write_bytes(write_plan(gia_lai))
    book = openpyxl.load_workbook(file)
    titles = next(cell for row in book["Nhiệm vụ"].iter_rows() for cell in row if cell.value == gia_lai.tasks[0].title)
    titles.value = "X©y dùng kÕ ho¹ch"
    book.save(file)
    plan, findings = read_plan_file(file)
    assert plan is None
    errors = [(found.code, found.cell, found.found, found.expected) for found in findings if found.severity == "error"]
    assert errors == [("legacy-encoding", titles.coordinate, "X©y dùng kÕ ho¹ch", "Xây dựng kế hoạch")]
