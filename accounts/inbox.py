"""Local mode's mail server: it takes every mail, sends none on, and keeps the newest as files that the site shows.

`python -m accounts.inbox DESCRIPTOR FOLDER`: a listening socket that was handed over, and where the files go.
"""

import asyncio
import os
import re
import signal
import socket
import sys
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default as policy
from pathlib import Path
from typing import Final, cast

from aiosmtpd.smtp import SMTP, Envelope, Session

KEPT: Final = 200


@dataclass(frozen=True)
class StoredLetter:
    """A mail that arrived: `text` is its plain part; its HTML is not shown."""

    public_id: uuid.UUID
    arrived_at: datetime
    to: str
    subject: str
    text: str


class Sink:
    """What aiosmtpd asks when a mail is complete."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        store(self.folder, cast("bytes", envelope.original_content))
        return "250 OK"


def store(folder: Path, content: bytes) -> None:
    """Keep a mail where only its owner may read it, and the newest KEPT of all."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    name = f"{uuid.uuid4()}.eml"
    half = folder / f".{name}"
    half.touch(mode=0o600)
    half.write_bytes(content)
    half.rename(folder / name)  # whole or not at all
    for path in _newest_first(folder)[KEPT:]:
        path.unlink(missing_ok=True)


def letters(folder: Path) -> list[StoredLetter]:
    """Every mail in the folder, newest first."""
    return [_read(path) for path in _newest_first(folder)]


def letter(folder: Path, public_id: uuid.UUID) -> StoredLetter | None:
    """One mail."""
    path = folder / f"{public_id}.eml"
    return _read(path) if path.exists() else None


def _newest_first(folder: Path) -> list[Path]:
    return sorted(folder.glob("[!.]*.eml"), key=lambda path: path.stat().st_mtime_ns, reverse=True)


def _read(path: Path) -> StoredLetter:
    message = message_from_bytes(path.read_bytes(), policy=policy)
    plain = message.get_body(preferencelist=("plain",))
    return StoredLetter(
        public_id=uuid.UUID(path.stem),
        arrived_at=datetime.fromtimestamp(path.stat().st_mtime, UTC),
        to=str(message["To"] or ""),
        subject=str(message["Subject"] or ""),
        text=re.sub(r"\r\n?", "\n", str(plain.get_content())).strip() if plain else "",
    )


async def serve(listener: socket.socket, folder: Path) -> None:
    """Take mails until a signal arrives."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    server = await loop.create_server(lambda: SMTP(Sink(folder), hostname="localhost", loop=loop), sock=listener)
    async with server:
        await ended.wait()
        os._exit(0)  # without waiting for clients that keep their line open


if __name__ == "__main__":
    asyncio.run(serve(socket.socket(fileno=int(sys.argv[1])), Path(sys.argv[2])))
