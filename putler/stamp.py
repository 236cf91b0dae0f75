"""The database's comment names the migrations applied to it, so that a start need not look for new ones."""

import hashlib
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
READ: Final = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"


def of_this_code() -> str:
    """Give the stamp of our migration files and, for those of the packages, of the locked versions."""
    digest = hashlib.sha256()
    for path in (ROOT / "requirements.txt", *sorted(ROOT.glob("*/migrations/*.py"))):
        digest.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return f"migrations {digest.hexdigest()[:16]}"


def is_current(cursor: Any) -> bool:
    """Say whether the connected database carries the stamp of this code."""
    cursor.execute(READ)
    return bool(cursor.fetchone() == (of_this_code(),))


def write(cursor: Any, database: str) -> None:
    """Stamp the database, as its owner; `database`: its name, quoted."""
    cursor.execute(f"COMMENT ON DATABASE {database} IS '{of_this_code()}'")
