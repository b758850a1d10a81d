"""What could be read of a plan, before it is known whether its parts hold together."""

from collections.abc import Sequence
from dataclasses import dataclass

from kttt_xl.agencies import nearest
from kttt_xl.model import Adjustment, Agency, Indicator, Plan, Target, Task
from kttt_xl.plan_head import Head
from kttt_xl.plan_tables import Row


@dataclass(frozen=True, slots=True)
class Draft:
    """What could be read of a plan folder: each row with what it means; None for a file that could not be read.

    A row of adjustments that does not say one whole adjustment stands with None.
    """

    head: Head | None
    agencies: Sequence[tuple[Row, Agency]] | None
    tasks: Sequence[tuple[Row, Task]] | None
    indicators: Sequence[tuple[Row, Indicator]] | None
    targets: Sequence[tuple[Row, Target]] | None
    adjustments: Sequence[tuple[Row, Adjustment | None]] | None = ()

    @property
    def plan(self) -> Plan | None:
        """Return the plan that these rows make; None without a head."""
        if self.head is None:
            return None
        head = self.head
        return Plan(
            id=head.id,
            title=head.title,
            number=head.number,
            issued_on=head.issued_on,
            issuer=head.issuer,
            coordinator=head.coordinator,
            start=head.start,
            end=head.end,
            settings=head.settings,
            agencies=tuple(agency for _, agency in self.agencies or ()),
            tasks=tuple(task for _, task in self.tasks or ()),
            indicators=tuple(indicator for _, indicator in self.indicators or ()),
            targets=tuple(target for _, target in self.targets or ()),
            note=head.note,
            adjustments=tuple(item for _, item in self.adjustments or () if item),
        )

    def advice(self, name: str) -> str:
        """Return what to do about a name that is not registered, the nearest registered ones first."""
        near = "; ".join(nearest((agency for _, agency in self.agencies or ()), name))
        register = "Thêm cơ quan vào agencies.csv, hoặc dùng đúng tên đã đăng ký."
        return f"Gần nhất: {near}. {register}" if near else register

    @property
    def used(self) -> set[str]:
        """Return every name that tasks, targets, forms and adjustments use for an agency or group."""
        found = {name for _, task in self.tasks or () for name in (*task.lead, *task.coordinating)}
        found |= {target.each for _, target in self.targets or () if target.each}
        found |= {item.value for _, item in self.adjustments or () if item and isinstance(item.value, str)}
        return found | set(self.head.settings.stats.recipients if self.head else ())
