"""Old encodings are told apart from Unicode, and Unicode is never taken for one of them."""

import unicodedata
from pathlib import Path

import pytest

from kttt_xl import legacy_text
from kttt_xl.legacy_text import encoding_of, old_encoding

SEEDS = sorted((Path(__file__).parent / "seeds").glob("*.txt"))
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
