"""Three hundred good copies, and what a bad one among them changes: nothing, byte for byte in a canonical dump."""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bad_copies import AS_OF, COMMUNE, PERIOD, Base, bases, figure_answers
from bad_copies_judged import Met

from kttt_xl import intake, report
from kttt_xl.campaign import Issue, read_places
from kttt_xl.consolidation import Consolidated, consolidate
from kttt_xl.reader import CopyReading

_PROVINCE = ("targets", "indicators", "tasks", "agencies")  # what an accepted copy has a part in


def good_issues() -> tuple[Issue, ...]:
    """Return the forms of the three hundred communes other than the one that bad copies come from."""
    forms = [issue for issue in bases().issues if issue.copy.kind == "stats" and issue.copy.agency != COMMUNE]
    return tuple(issue for issue in forms if len(issue.copy.keyed) == len(bases().stats.copy.keyed))


def write_good(folder: Path) -> None:
    """Put the three hundred into a folder, each with figures of its own."""
    for number, issue in enumerate(good_issues(), start=1):
        (folder / issue.file).write_bytes(Base(issue, figure_answers(issue.copy, number)).content)


class Among:
    """The three hundred as they were read once; bad copies are judged and consolidated together with them."""

    def __init__(self, campaign: Path, folder: Path) -> None:
        self.good: Sequence[CopyReading] = read_places([folder], AS_OF, campaign)[0]
        both = (bases().stats, bases().tasks)
        with TemporaryDirectory() as name:
            for base in both:
                (Path(name) / base.issue.file).write_bytes(base.content)
            self.own: Sequence[CopyReading] = read_places([Path(name)], AS_OF, campaign)[0]
        self.without = {beside: self._run([*self.good, *self._beside(beside)], ()) for beside in (False, True)}
        own_agencies = frozenset(base.copy.agency for base in both)
        self.dumps = {
            (beside, agencies): dump(result, (), agencies)
            for beside, result in self.without.items()
            for agencies in (frozenset[str](), own_agencies)
        }

    def _run(self, readings: Sequence[CopyReading], passed: Iterable[intake.JudgedCopy]) -> Consolidated:
        copies = sorted((*intake.judge(readings, bases().plan, PERIOD), *passed), key=lambda copy: copy.file)
        return consolidate(bases().plan, PERIOD, AS_OF, tuple(copies))

    def _beside(self, beside: bool) -> Sequence[CopyReading]:
        return self.own if beside else ()

    def changed(self, met: Met) -> str:
        """Return what a case changes among the good ones, "" for nothing.

        A case that nothing is accepted of must not disturb the good copies of its own agency either.
        """
        verdicts = {copy.verdict for copy in met.judged.values()}
        beside = verdicts <= {"refused", "skipped"}
        after = self._run([*self.good, *self._beside(beside), *met.readings], met.passed)
        before = self.without[beside]
        bad = {reading.file for reading in met.readings} | {copy.file for copy in met.passed}
        accepted = "accepted" in verdicts
        agencies = frozenset(base.copy.agency for base in (bases().stats, bases().tasks)) if accepted else frozenset()
        if self.dumps[beside, agencies] != dump(after, bad, agencies):
            return f"{met.case.group}: {met.case.name}: changes what the others say"
        added = {copy.file: copy for copy in after.copies if copy.file in bad and copy.verdict == "accepted"}
        return _wrong_sums(met, before, after, [one.reading for one in added.values() if one.reading])


def dump(result: Consolidated, bad: Collection[str], agencies: Collection[str]) -> bytes:
    """Return everything that the good copies say and make, as sorted JSON.

    bad are the files to leave out. agencies had copies accepted among them: their own rows are left out too, and the
    sums that they have a part in.
    """
    told: dict[str, Any] = report.summary(result)
    kept = {name: told[name] for name in _PROVINCE if not agencies}
    good = [copy for copy in result.copies if copy.file not in bad]
    kept |= {
        "task_rows": [row for row in told["task_rows"] if row["agency"] not in agencies],
        "figures": [_parts(figure) for figure in result.figures if figure.file not in bad],
        "narratives": [_parts(narrative) for narrative in result.narratives if narrative.file not in bad],
        "verdicts": {copy.file: copy.verdict for copy in good},
        "cells": intake.count_cells(good),
        "findings": [found for found in told["findings"] if found["file"] not in bad],
    }
    return json.dumps(kept, sort_keys=True, ensure_ascii=False, default=str).encode()


def _parts(item: object) -> list[str]:
    return [str(getattr(item, each.name)) for each in fields(item)]  # type: ignore[arg-type]


def _wrong_sums(met: Met, before: Consolidated, after: Consolidated, added: Sequence[CopyReading]) -> str:
    """Return which sum is not what it was and what the accepted copies of the case add."""
    for was, now in zip(before.totals, after.totals, strict=True):
        place = was.indicator.code, was.period.code
        more = [
            entry.value
            for reading in added
            for entry in (reading.submission.entries if reading.submission else ())
            if (entry.key, entry.field) == place and isinstance(entry.value, Decimal)
        ]
        if was.indicator.aggregation == "sum" and now.value != (was.value or Decimal(0)) + sum(more, Decimal(0)):
            return f"{met.case.group}: {met.case.name}: {place} is {now.value}, was {was.value}, and {more} came"
    return ""
