"""What the manifest of a blank copy says of its choices: the signed list of who has which rows in which period.

The reader takes rows from here, never from what a returned file shows. Source: contract, section 4.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain

from kttt_xl import strict_json
from kttt_xl.cells import fold
from kttt_xl.errors import MisuseError
from kttt_xl.layout import plausible_dates
from kttt_xl.model import Value
from kttt_xl.offer import Offer
from kttt_xl.period import parse_period


@dataclass(frozen=True, slots=True)
class OfferedPeriod:
    """A period that a blank copy offers: its issue id, span, plausible dates, the fields of its period columns."""

    code: str
    issue: str
    span: tuple[date, date]
    earliest: date
    latest: date
    window: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SignedOffer:
    """What a blank copy offers.

    lists holds runs of indices into the manifest's rows, -1 for a section row; last runs of what such rows said in the
    period before. table and last_table give, for each agency, the index of its run in each period; without a history
    last and last_table are empty. sections are the digests of the texts of section rows; extent is how many rows and
    columns of Danh mục are ours.
    """

    agencies: tuple[str, ...]
    periods: tuple[OfferedPeriod, ...]
    lists: tuple[tuple[int, ...], ...]
    last: tuple[tuple[str, ...], ...]
    table: tuple[tuple[int, ...], ...]
    last_table: tuple[tuple[int, ...], ...]
    sections: tuple[str, ...]
    extent: tuple[int, int]


def signed_offer(
    offer: Offer,
    extent: tuple[int, int],
    issues: Iterable[str],
    shown: Callable[[Value], str],
    digest: Callable[[str], str],
) -> SignedOffer:
    """Return what is signed of an offer; extent is how many rows and columns of Danh mục the copy uses.

    issues are the issue ids of its periods; shown and digest are those of identity.
    """
    keyed = [at for at, line in enumerate(offer.lines) if line.key]
    index = {at: number for number, at in enumerate(keyed)}
    last = tuple(tuple(map(shown, run)) for run in offer.last)
    has_history = any(map(any, last))
    return SignedOffer(
        agencies=offer.agencies,
        periods=tuple(
            OfferedPeriod(
                copy.period.code,
                issue,
                (copy.period.start, copy.period.end),
                *plausible_dates(copy.plan, copy.period),
                tuple(column.field for column in copy.columns if column.rule == "figure"),
            )
            for copy, issue in zip(offer.copies, issues, strict=True)
        ),
        lists=tuple(tuple(index.get(at, -1) for at in run) for run in offer.lists),
        last=last if has_history else (),
        table=offer.table,
        last_table=offer.last_table if has_history else (),
        sections=tuple(sorted({digest(shown(line.texts["title"])) for line in offer.lines if not line.key})),
        extent=extent,
    )


def is_sound(offer: SignedOffer, keys: Sequence[str], windows: int) -> bool:
    """Tell whether an offer holds together: readers rely on it, signed or not.

    keys are those of the rows, windows is how many period columns the form has.
    """
    names, periods = [fold(name) for name in offer.agencies], [period.code for period in offer.periods]
    if not names or not periods or len(names) != len(set(names) - {""}) or len(periods) != len(set(periods)):
        return False
    if not (_is_table(offer.table, offer.lists, offer) and all(_is_run(run, keys) for run in offer.lists)):
        return False
    if (offer.last or offer.last_table) and not _is_history(offer):
        return False
    same = all(len(period.window) == len(set(period.window)) == windows for period in offer.periods)
    return same and all(is_period(code) for period in offer.periods for code in (period.code, *period.window))


def _is_run(run: Sequence[int], keys: Sequence[str]) -> bool:
    """Tell whether each number is a row's or a section's, and no key stands twice."""
    if any(not -1 <= number < len(keys) for number in run):
        return False
    found = [keys[number] for number in run if number >= 0]
    return len(found) == len(set(found))


def _is_table(table: Sequence[Sequence[int]], runs: Sequence[object], offer: SignedOffer) -> bool:
    """Tell whether a table has an index of a run for each agency and period."""
    return (
        len(table) == len(offer.agencies)
        and {len(row) for row in table} == {len(offer.periods)}
        and set(chain.from_iterable(table)) <= set(range(len(runs)))
    )


def _is_history(offer: SignedOffer) -> bool:
    """Tell whether what was last said has as many rows as the list it stands beside."""
    pairs = zip(chain.from_iterable(offer.table), chain.from_iterable(offer.last_table), strict=True)
    return _is_table(offer.last_table, offer.last, offer) and all(
        len(offer.lists[run]) == len(offer.last[said]) for run, said in pairs
    )


def is_period(code: str) -> bool:
    """Tell whether a text is the code of a period, as we write it."""
    try:
        return len(code) < 10 and parse_period(code).code == code
    except MisuseError:
        return False


def read_offer(data: object) -> SignedOffer:
    """Return the offer that JSON of unknown origin says; ValueError or TypeError when it is none."""
    found = strict_json.record(data, SignedOffer)
    rows, columns = map(strict_json.whole, strict_json.items(found["extent"]))
    return SignedOffer(
        agencies=_texts(found["agencies"]),
        periods=tuple(map(_period, strict_json.items(found["periods"]))),
        lists=_numbers(found["lists"]),
        last=tuple(map(_texts, strict_json.items(found["last"]))),
        table=_numbers(found["table"]),
        last_table=_numbers(found["last_table"]),
        sections=_texts(found["sections"]),
        extent=(rows, columns),
    )


def _period(data: object) -> OfferedPeriod:
    found = strict_json.record(data, OfferedPeriod)
    start, end = strict_json.items(found["span"])
    return OfferedPeriod(
        code=strict_json.text(found["code"]),
        issue=strict_json.text(found["issue"]),
        span=(strict_json.day(start), strict_json.day(end)),
        earliest=strict_json.day(found["earliest"]),
        latest=strict_json.day(found["latest"]),
        window=_texts(found["window"]),
    )


def _texts(value: object) -> tuple[str, ...]:
    return tuple(map(strict_json.text, strict_json.items(value)))


def _numbers(value: object) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(map(strict_json.whole, strict_json.items(row))) for row in strict_json.items(value))
