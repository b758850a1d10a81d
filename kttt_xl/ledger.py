"""The ledger (sổ nhận) of a campaign: one SQLite file with what was received and decided, in the order it happened.

Events are only ever added. Each holds a digest over itself and the one before, so that a row changed, moved or taken
out is noticed when the ledger is opened (not the loss of the last rows together with every trace of them). Every change
is a transaction that is on disk when it ends. Nothing here is asked of SQLite that another SQL database lacks, except
where it is said. Source: contract section 3, "Campaign folder".
"""

import hashlib
import json
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, Self

from sqlalchemy import ColumnElement, Connection, Engine, Row, create_engine, event, func, insert, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from kttt_xl.errors import LedgerError, OutputError
from kttt_xl.ledger_tables import METADATA, SCHEMA, about, events
from kttt_xl.writer import create_private, reason

LEDGER_FILE = "so-nhan.sqlite"
RECEIVED = "received"

_PATIENCE = 10  # seconds to wait while another program writes the file
# Of SQLite's errors those that say nothing about the file's contents; the others mean that it is damaged.
_OBSTACLES = MappingProxyType(
    {
        "SQLITE_FULL": "ổ đĩa hết chỗ trống",
        "SQLITE_READONLY": "không có quyền ghi",
        "SQLITE_PERM": "không có quyền ghi",
        "SQLITE_CANTOPEN": "không có quyền mở tệp hoặc ghi vào thư mục",
        "SQLITE_BUSY": "chương trình khác đang dùng tệp; đóng chương trình đó rồi chạy lại",
        "SQLITE_LOCKED": "chương trình khác đang dùng tệp; đóng chương trình đó rồi chạy lại",
        "SQLITE_IOERR": "lỗi ổ đĩa hoặc mạng",
        "SQLITE_NOMEM": "hết bộ nhớ",
    }
)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened: its number, moment (ISO, UTC, seconds), kind, plan and period, and the rest as JSON."""

    seq: int
    at: str
    kind: str
    plan: str
    period: str
    body: Mapping[str, Any]


class Ledger:
    """An open ledger; a context manager that closes it."""

    def __init__(self, path: Path, engine: Engine) -> None:
        """Connect to the file; LedgerError or OutputError when that cannot be done."""
        self.path = path
        self._engine = engine
        with _sentences(path):
            self._connection = engine.connect()

    def __enter__(self) -> Self:
        """Return the ledger."""
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self.close()

    def close(self) -> None:
        """Close the file; what no transaction has ended is not in it."""
        self._connection.close()
        self._engine.dispose()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Give the connection for changes that all happen or none; part of the transaction around it, if any."""
        with _sentences(self.path):
            if self._connection.in_transaction():
                yield self._connection
            else:
                with self._connection.begin():
                    yield self._connection

    def record(self, kind: str, plan: str, period: str, body: Mapping[str, Any], at: datetime) -> Event:
        """Add an event and return it; it is on disk when this returns, or with the transaction around it."""
        moment = at.astimezone(UTC).isoformat(timespec="seconds")
        # ASCII: names of files on disk may hold what is no text
        text = json.dumps(body, allow_nan=False, sort_keys=True, separators=(",", ":"))
        with self.transaction() as connection:
            last = connection.execute(select(events.c.seq, events.c.digest).order_by(events.c.seq.desc()).limit(1))
            seq, previous = next(iter(last), (0, ""))
            row = {"seq": seq + 1, "at": moment, "kind": kind, "plan": plan, "period": period, "body": text}
            connection.execute(insert(events), [row | {"digest": _digest(previous, row.values())}])
        return Event(seq + 1, moment, kind, plan, period, json.loads(text))

    def events(self, plan: str, period: str) -> tuple[Event, ...]:
        """Return the events of a plan and period, in their order."""
        return self._events(events.c.plan == plan, events.c.period == period)

    def latest(self, kind: str, plan: str) -> dict[str, Event]:
        """Return the last event of a kind in each period of a plan, by the period's code."""
        last = select(func.max(events.c.seq)).where(events.c.kind == kind, events.c.plan == plan)
        return {found.period: found for found in self._events(events.c.seq.in_(last.group_by(events.c.period)))}

    @property
    def received(self) -> Mapping[str, int]:
        """Return the number of the event that each file, by its sha256, was received with."""
        told = self._events(events.c.kind == RECEIVED)
        return {file["sha256"]: found.seq for found in reversed(told) for file in found.body["files"]}

    def _events(self, *which: ColumnElement[bool]) -> tuple[Event, ...]:
        columns = (events.c.seq, events.c.at, events.c.kind, events.c.plan, events.c.period, events.c.body)
        with self.transaction() as connection:
            rows = connection.execute(select(*columns).where(*which).order_by(events.c.seq)).all()
        return tuple(Event(*row[:-1], json.loads(row[-1])) for row in rows)

    def verify(self) -> None:
        """Hold the whole file against damage and its events against their digests; LedgerError says what is wrong."""
        with self.transaction() as connection:
            if self._engine.dialect.name == "sqlite":
                found = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar()
                if found != "ok":
                    raise _damaged(self.path, "cấu trúc tệp hỏng")
            version = connection.execute(select(about.c.value).where(about.c.name == "schema")).scalar()
            if version != SCHEMA:
                raise LedgerError(
                    f"Sổ nhận «{self.path}» thuộc phiên bản {version or 'không rõ'}, kttt-xl này dùng phiên bản "
                    f"{SCHEMA}; chạy bằng bản kttt-xl đã ghi sổ này, hoặc cập nhật kttt-xl."
                )
            previous = ""
            for number, row in enumerate(connection.execute(select(events).order_by(events.c.seq)), start=1):
                previous = self._link(previous, number, row)

    def _link(self, previous: str, number: int, row: Row[Any]) -> str:
        """Return the digest of an event that fits the one before; LedgerError when it does not."""
        digest = _digest(previous, row[:-1])
        if (row.seq, row.digest) != (number, digest):
            raise _damaged(self.path, f"sự kiện số {number} đã bị sửa, xóa hoặc đổi chỗ")
        return digest


def open_ledger(folder: Path) -> Ledger:
    """Return the ledger of a campaign folder, made on first use and never over one that is there.

    LedgerError, with the cure, for a file that is damaged, of another program or version, or was tampered with;
    OutputError when it cannot be opened or made.
    """
    path = folder / LEDGER_FILE
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            raise _damaged(path, "không phải là tệp")
    except FileNotFoundError:
        _make(path)
    except OSError as error:
        raise OutputError(f"Không mở được sổ nhận «{path}»: {reason(error)}.") from error
    ledger = Ledger(path, _engine(str(path)))
    try:
        ledger.verify()
    except BaseException:
        ledger.close()
        raise
    return ledger


def has_ledger(folder: Path) -> bool:
    """Tell whether a campaign folder has a ledger already, sound or not."""
    return (folder / LEDGER_FILE).is_symlink() or (folder / LEDGER_FILE).exists()


def journal_of(path: Path) -> Path:
    """Return where SQLite keeps what it needs to undo a change; one may lie there after a crash, until the next."""
    return path.with_name(f"{path.name}-journal")


def _make(path: Path) -> None:
    """Make an empty ledger: complete or not at all, so that an empty file can only be a damaged one."""
    journal = journal_of(path)
    if journal.exists():  # SQLite would put what it holds into the new file
        raise LedgerError(
            f"Thiếu sổ nhận «{path}», chỉ còn «{journal.name}» của nó: trả sổ về chỗ cũ, hoặc xóa tệp này rồi chạy lại."
        )
    engine = _engine(":memory:")
    with engine.connect() as connection:
        with connection.begin():
            METADATA.create_all(connection)
            connection.execute(insert(about), [{"name": "schema", "value": SCHEMA}])
        content = connection.connection.driver_connection.serialize()  # type: ignore[union-attr]  # SQLite's own
    engine.dispose()
    create_private(path, content)


def _engine(place: str) -> Engine:
    from sqlalchemy import URL  # noqa: PLC0415

    url = URL.create("sqlite", database=place)
    engine = create_engine(url, poolclass=NullPool, connect_args={"timeout": _PATIENCE})
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin)
    return engine


def _set_up_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions begin and end where SQLAlchemy says, not where the driver thinks
    try:
        for pragma in ("synchronous=FULL", "fullfsync=ON", "trusted_schema=OFF", "cell_size_check=ON"):
            connection.execute(f"PRAGMA {pragma}")
    except BaseException:
        connection.close()
        raise


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _digest(previous: str, row: Iterable[object]) -> str:
    told = json.dumps([previous, *row], default=repr)  # a damaged row may hold anything
    return hashlib.sha256(told.encode()).hexdigest()


@contextmanager
def _sentences(path: Path) -> Iterator[None]:
    """Turn the database's errors into sentences: an obstacle is OutputError, damage LedgerError."""
    try:
        yield
    except DBAPIError as error:
        name = getattr(error.orig, "sqlite_errorname", "")
        obstacle = _OBSTACLES.get("_".join(name.split("_")[:2]))
        if obstacle:
            raise OutputError(f"Không dùng được sổ nhận «{path}»: {obstacle}.") from error
        raise _damaged(path, "không đọc được như một sổ nhận") from error
    except UnicodeDecodeError as error:  # what SQLite wanted to say of the damage quotes it
        raise _damaged(path, "không đọc được như một sổ nhận") from error


def _damaged(path: Path, what: str) -> LedgerError:
    return LedgerError(
        f"Sổ nhận «{path}» bị hỏng: {what}. Khôi phục tệp từ bản lưu; nếu không có, đổi tên tệp rồi chạy lại: sổ mới "
        f"được lập từ thư mục nhận, nhưng không còn thứ tự nhận và các quyết định cũ."
    )
