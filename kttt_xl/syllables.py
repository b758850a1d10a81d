"""Whether a word can be a Vietnamese syllable: its consonants, its rhyme, and one tone in its place."""

import re
from functools import lru_cache
from unicodedata import normalize

_ONSET = re.compile("(ngh|ch|gh|gi|kh|ng|nh|ph|qu|th|tr|[bcdđghklmnrstvx]?)(.+)")
_SPELLED = """
    a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây e ec em en eng eo ep et
    ê êch êm ên ênh êp êt êu i ia ich im in inh ip it iu iêc iêm iên iêng iêp iêt iêu
    o oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oc oe oen oeo oet oi om on ong ooc oong
    op ot ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt u ua uân uâng uât uây uc ui um un ung up ut uê uêch uên uênh
    uơ uôc uôi uôm uôn uông uôt uy uya uych uyên uyêt uyn uynh uyp uyt uyu
    ư ưa ưc ưi ưm ưn ưng ưt ưu ươc ươi ươm ươn ương ươp ươt ươu y ych ynh yt yên yêm yêng yêt yêu
"""
_RHYMES = frozenset(_SPELLED.split())
_TONES = re.compile("[\u0300\u0301\u0303\u0309\u0323]")
_STOPS, _STOP_TONES = ("c", "ch", "p", "t"), frozenset({"\u0301", "\u0323"})  # which take sắc or nặng only


@lru_cache(maxsize=1 << 12)
def is_syllable(word: str) -> bool:
    """Tell whether a word is spelled as Vietnamese syllables are, in either case; few of those exist as words.

    >>> [is_syllable(word) for word in ("nghiệm", "Quý", "hoà", "hòa", "gì", "hợp", "hởp", "aỏ", "tel", "d")]
    [True, True, True, True, True, True, False, False, False, False]
    """
    letters = ""
    tones: list[tuple[int, str]] = []  # where, and which
    for at, letter in enumerate(normalize("NFC", word).lower()):
        parts = normalize("NFD", letter)
        tones += ((at, tone) for tone in _TONES.findall(parts))
        letters += normalize("NFC", _TONES.sub("", parts))
    found = _ONSET.fullmatch(letters)
    if found is None or len(tones) > 1:
        return False
    begins = (found.start(2), 1) if found[1] == "gi" else (found.start(2),)  # giêng: the i is also the rhyme's
    return any(
        letters[at:] in _RHYMES and _takes(letters[at:], [(place - at, tone) for place, tone in tones]) for at in begins
    )


def _takes(rhyme: str, tones: list[tuple[int, str]]) -> bool:
    """Tell whether a rhyme takes the tone, if there is one, and where it stands."""
    stopped = rhyme.endswith(_STOPS)
    if not tones:
        return not stopped
    place, tone = tones[0]
    return place in _places(rhyme) and not (stopped and tone not in _STOP_TONES)


def _places(rhyme: str) -> tuple[int, ...]:
    """Return where in a rhyme its tone is written: on the last vowel with a sign of its own, else by their number."""
    vowels = [at for at, letter in enumerate(rhyme) if letter in "aăâeêioôơuưy"]
    signed = [at for at in vowels if rhyme[at] in "ăâêôơư"]
    if signed:
        return (signed[-1],)
    if rhyme in {"oa", "oe", "uy"}:  # hòa and hoà
        return (0, 1)
    return (1,) if len(vowels) == 3 or (len(vowels) == 2 and len(rhyme) > 2) else (0,)
