"""Several copies of one agency and form: which one stands, which say the same, and where a person must decide.

What decides is what the copies say of each other, the order they were received in, and what officers decided;
modification times are never evidence. Source: contract section 5, Resubmission.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rival:
    """What decides between copies: the file's hash, the hash of what it was made from, a reason, and what it says.

    Two copies that say the same have equal says. received orders them, equal where one run brought both or nobody
    knows. chosen is when an officer decided that this copy stands, on the scale of received, None when nobody did;
    late: it came after the period was closed and has no exception.
    """

    sha256: str
    made_from: str
    has_reason: bool
    says: object
    received: int = 0
    chosen: int | None = None
    late: bool = False


def settle(group: Sequence[Rival]) -> list[str]:
    """Return the verdict of each copy of one agency and form, in their order.

    A copy that an officer chose sets aside every other that was there then; what came after that is judged beside it.
    A late copy counts for nothing and disturbs nothing: a person decides about it alone.
    """
    lines = {copy.sha256: _line(copy, group) for copy in group}
    decided = [copy.chosen for copy in group if copy.chosen is not None and not copy.late]
    aside = [copy.chosen is None and any(copy.received <= when for when in decided) for copy in group]
    beside = {at: copy for at, copy in enumerate(group) if not copy.late and not aside[at]}
    left = dict(zip(beside, _stand(list(beside.values()), lines), strict=True))
    known = {group[at].says for at, verdict in left.items() if verdict in {"accepted", "conflicting"}}
    for at, copy in enumerate(group):
        if at not in left:
            left[at] = "duplicate" if copy.says in known else "superseded" if aside[at] else "conflicting"
    return [left[at] for at in range(len(group))]


def _stand(group: Sequence[Rival], lines: dict[str, set[str]]) -> list[str]:
    """Return the verdicts of copies that officers said nothing of, or the same."""
    alike: dict[object, list[Rival]] = {}
    for copy in group:
        alike.setdefault(copy.says, []).append(copy)
    superseded = [any(_supersedes(later, copy, lines, alike[copy.says]) for later in group) for copy in group]
    standing = {copy.says for copy, gone in zip(group, superseded, strict=True) if not gone}
    if not standing:  # each superseded by another: a person must look
        return ["conflicting"] * len(group)
    verdicts, seen = [], set()
    for copy, gone in zip(group, superseded, strict=True):
        if gone:
            verdicts.append("superseded")
        elif copy.says in seen:
            verdicts.append("duplicate")
        else:
            verdicts.append("accepted" if len(standing) == 1 else "conflicting")
            seen.add(copy.says)
    return verdicts


def _line(copy: Rival, group: Sequence[Rival]) -> set[str]:
    """Return the hashes of the files a copy was made from, one after another; none for a ring, which proves nothing."""
    made_from = {other.sha256: other.made_from for other in group}
    line: set[str] = set()
    at = copy.made_from
    while at and at not in line:
        line.add(at)
        at = made_from.get(at, "")
    return set() if copy.sha256 in line else line


def _supersedes(later: Rival, copy: Rival, lines: dict[str, set[str]], like: Collection[Rival]) -> bool:
    """Tell whether a copy takes another's place; lines are the ancestors by hash, like the copies that say the same.

    It does when it was made from the other, or from one that says the same; else when it gives a reason and none of
    the others came after it, nor gives a reason without having come before it. The mark is the stronger evidence: a
    reason is no answer to a copy made from the one that gives it.
    """
    if copy.sha256 in lines[later.sha256]:
        return True
    if later.says == copy.says or later.sha256 in lines[copy.sha256]:
        return False
    if any(other.sha256 in lines[later.sha256] for other in like):
        return True
    return later.has_reason and all(
        other.received < later.received or (other.received == later.received and not other.has_reason) for other in like
    )
