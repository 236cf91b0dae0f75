"""Invented worlds: a ledger, rates, an account and a range, all from one seed, and the same world some time later."""

import csv
import io
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from .author import Author, Record, without_breakdown
from .days import ONE_DAY, midnight
from .ledger import decimals, instant
from .make import KIND_OF_SOURCE, ledger_of, row
from .stories import STORIES

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Asia/Kolkata", "UTC")
BASES = ("EUR", "USD", "GBP", "JPY", "KWD")
PER_EURO = {"USD": 10800, "GBP": 8500, "JPY": 1620000, "KWD": 3350}
"""About how many ten-thousandths of the currency a euro is; ARS has no rate at all."""

SEASONS = (date(2026, 2, 20), date(2026, 9, 24))
"""From each, all of ZONES that move their clocks do so within seven weeks."""

CLOCK_CHANGES = tuple(
    datetime.fromisoformat(text)
    for text in (
        "2026-03-08T07:00Z", "2026-03-29T01:00Z", "2026-04-04T15:00Z",
        "2026-10-03T15:30Z", "2026-10-25T01:00Z", "2026-11-01T06:00Z",
    )
)  # fmt: skip
"""New York, Berlin, Lord Howe; then Lord Howe, Berlin, New York."""

BEFORE, AFTER = timedelta(days=40), timedelta(days=8)
"""How far the ledger reaches beyond the range."""

LATE_SOURCE = "mollie"
"""Has no row until the world changes."""


@dataclass(frozen=True)
class World:
    """Everything a computation is asked with; `start` and `end` are local days of `zone`, both included."""

    ledger: str
    rates: str
    base: str
    zone: str
    sources: tuple[str, ...]
    start: date
    end: date


def random_world(seed: int, rows: int = 60) -> World:
    """The world of the seed, with at least `rows` ledger rows in no particular order."""
    rng = random.Random(seed)
    start = rng.choice(SEASONS) + timedelta(days=rng.randint(0, 20))
    end = start + timedelta(days=rng.choice((0, 6, 20, 35, 50)))
    author = Author(rng, moments(rng, start, end), prefix="")
    while len(author.records) < rows:
        rng.choice(STORIES)(author)
    rng.shuffle(author.records)
    return World(
        ledger=ledger_of(author.records),
        rates=random_rates(rng, start - BEFORE, end + AFTER),
        base=rng.choice(BASES),
        zone=rng.choice(ZONES),
        sources=tuple(KIND_OF_SOURCE),
        start=start,
        end=end,
    )


def changed(world: World, seed: int) -> World:
    """The world some time later: rows changed under their old ids, rows added, a source that arrives late."""
    rng = random.Random(seed)
    records = list(csv.DictReader(io.StringIO(world.ledger)))
    for record in rng.sample(records, len(records) // 6):
        rng.choice((change_status, change_amount, change_person))(record, rng)
    author = Author(rng, moments(rng, world.start, world.end), prefix=f"c{seed}-")
    author.instants = {instant(record["occurred_at"]) for record in records}
    for _ in range(4):
        rng.choice(STORIES)(author)
    arrive_late(author, records)
    records += author.records
    rng.shuffle(records)
    return replace(world, ledger=ledger_of(records))


def moments(rng: random.Random, start: date, end: date) -> Callable[[], datetime]:
    """Instants of the ledger's time: anywhere, minutes around some zone's midnight, or around a change of clocks."""
    first = datetime.combine(start, time(), UTC) - BEFORE
    last = datetime.combine(end, time(), UTC) + AFTER
    clock_changes = [change for change in CLOCK_CHANGES if first < change < last]

    def moment() -> datetime:
        anywhere = first + timedelta(seconds=rng.randint(0, int((last - first).total_seconds())))
        near = timedelta(seconds=rng.randint(-300, 300))
        chance = rng.random()
        if chance < 0.2:
            return midnight(anywhere.date(), ZoneInfo(rng.choice(ZONES))) + near
        if chance < 0.3:
            return midnight(rng.choice((start, end, end + ONE_DAY)), ZoneInfo(rng.choice(ZONES))) + near
        if chance < 0.4 and clock_changes:
            return rng.choice(clock_changes) + near * 20
        return anywhere

    return moment


def random_rates(rng: random.Random, first: date, last: date) -> str:
    """Rates of weekdays, holidays missing; one currency pauses for as long as rates stay good, or longer."""
    paused = rng.choice(tuple(PER_EURO))
    pause_start = first + timedelta(days=rng.randint(25, 50))
    pause_end = pause_start + timedelta(days=rng.choice((10, 11, 12, 16, 20)))
    lines = ["date,currency,units_per_eur"]
    day = first - timedelta(days=rng.choice((3, 15)))
    while day <= last:
        is_bank_day = day.weekday() < 5 and rng.random() > 0.06
        for currency, usual in PER_EURO.items():
            is_paused = currency == paused and pause_start <= day < pause_end
            if is_bank_day and not is_paused:
                lines.append(f"{day},{currency},{Decimal(usual * rng.randint(950, 1050) // 1000).scaleb(-4)}")
        day += ONE_DAY
    return "\n".join(lines) + "\n"


def change_status(record: dict[str, str], rng: random.Random) -> None:
    """A sale that gets on: pending to its end, failed to paid; a settled one is rarely voided."""
    if record["kind"] == "sale":
        nexts = {"pending": ("settled", "failed", "cancelled"), "failed": ("settled",)}
        record["status"] = rng.choice(nexts.get(record["status"], ("settled", "settled", "cancelled", "failed")))


def change_amount(record: dict[str, str], rng: random.Random) -> None:
    """The amount grows, away from 0, and the first line with it."""
    amount = Decimal(record["amount"])
    if amount == 0:
        return
    grown = Decimal(rng.randint(1, 500)).scaleb(-decimals(record["currency"])).copy_sign(amount)
    record["amount"] = f"{amount + grown:f}"
    if record["lines"]:
        first, *others = record["lines"].split("|")
        product, quantity, part = first.rsplit(":", 2)
        record["lines"] = "|".join((f"{product}:{quantity}:{Decimal(part) + grown:f}", *others))


def change_person(record: dict[str, str], rng: random.Random) -> None:
    """The e-mail becomes known, another one, or unknown."""
    record["customer"] = rng.choice(("ana@example.com", "new@example.com", ""))


def arrive_late(author: Author, records: list[dict[str, str]]) -> None:
    """The gateway that stores have named all along, and a store whose orders a gateway has had for weeks."""
    known = {str(record["external_id"]) for record in records}
    for record in records:
        money = {name: record[name] for name in ("amount", "currency", "customer")}
        at = instant(record["occurred_at"]) + timedelta(seconds=30)
        if record["payment_ref"].startswith("late-") and record["payment_ref"] not in known:
            late = without_breakdown(author, LATE_SOURCE, typed(record), external_id=record["payment_ref"])
            known.add(late["external_id"])
        elif is_unordered_gateway_sale(record) and author.rng.random() < 0.5:
            named = {"payment_ref": record["external_id"], "order_ref": f"L-{record['external_id']}"}
            lines = [("MUG", 2, Decimal(money["amount"]))]
            author.add("shopify", "sale", at, Decimal(money["amount"]), money["currency"], **named, lines=lines)


def is_unordered_gateway_sale(record: dict[str, str]) -> bool:
    """Whether a store could still come and say which order the row paid."""
    is_sale = (record["kind"], record["status"], record["livemode"]) == ("sale", "settled", "1")
    return is_sale and record["source_kind"] == "gateway" and not record["order_ref"] and Decimal(record["amount"]) > 0


def typed(record: dict[str, str]) -> Record:
    """The record of a file with what its followers need as values."""
    amount, at = Decimal(record["amount"]), instant(record["occurred_at"])
    return row(record["source"], record["external_id"], "") | record | {"amount": amount, "occurred_at": at}
