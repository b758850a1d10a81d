"""All groups of bad copies by name, in the order in which they are told."""

from collections.abc import Callable, Iterator, Mapping

import bad_copies_bombs
import bad_copies_files
import bad_copies_filler
import bad_copies_identity
import bad_copies_package
import bad_copies_rules
import bad_copies_shape
import bad_copies_typed
from bad_copies import BadCopy, Bases

GROUPS: Mapping[str, Callable[[Bases, int], Iterator[BadCopy]]] = {
    **bad_copies_package.GROUPS,
    **bad_copies_bombs.GROUPS,
    **bad_copies_shape.GROUPS,
    **bad_copies_typed.GROUPS,
    **bad_copies_rules.GROUPS,
    **bad_copies_filler.GROUPS,
    **bad_copies_identity.GROUPS,
    **bad_copies_files.GROUPS,
}
