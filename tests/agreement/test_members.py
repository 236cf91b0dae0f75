"""Viewers restricted to some sources: what they see is what there would be if the others did not exist."""

import csv
import io
import re
from collections.abc import Collection, Iterator
from html import unescape
from random import Random

import pytest
from django.test import Client

from accounts.models import Membership, Role, User
from analytics.query import By, Query
from datasources.services.rates import load_rates
from tests import make
from tests.agreement.books import Books
from tests.naive.worlds import World, random_world

pytestmark = [pytest.mark.django_db, pytest.mark.rule("Z5")]
SEEDS = range(100, 108)
FEW = (101, 102)


def seen(world: World, seed: int) -> list[str]:
    """Some of the sources that have rows, never all."""
    rng, names = Random(seed), [name for name, _ in parts(world.ledger)]
    return sorted(rng.sample(names, rng.randint(1, len(names) - 1)))


class SeenBooks(Books):
    """The same books as a member reads them who may see some sources; they ask for all that there is."""

    def query(self, sources: Collection[str] | None = None, by: By | None = None) -> Query:
        return super().query(None, by)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_members_figures_are_those_of_the_naive_script_over_their_sources(seed: int) -> None:
    books = Books.open(random_world(seed))
    own = seen(books.world, seed)
    books.account.seen_sources = frozenset(books.source(name).pk for name in own)

    assert SeenBooks(books.world, books.account).differences(own) == []


def parts(ledger: str) -> Iterator[tuple[str, str]]:
    """(source, the lines of a ledger that name it), by source."""
    lines = list(csv.DictReader(io.StringIO(ledger)))
    for name in sorted({line["source"] for line in lines}):
        out = io.StringIO()
        writer = csv.DictWriter(out, lines[0].keys())
        writer.writeheader()
        writer.writerows(line for line in lines if line["source"] == name)
        yield name, out.getvalue()


@pytest.fixture(params=FEW)
def both(request: pytest.FixtureRequest) -> tuple[World, list[str], Membership, Membership]:
    """A world, some of its sources, a viewer restricted to them, and one of an account that has nothing else."""
    world = random_world(request.param)
    own, bob = seen(world, request.param), make.user("bob")
    load_rates(world.rates.splitlines())
    whole, alone = (Books(world, make.account(currency=world.base, time_zone=world.zone)) for _ in range(2))
    for name, lines in parts(world.ledger):
        whole.take(lines)
        if name in own:
            alone.take(lines)
    restricted, free = (make.member(books.account, bob, Role.VIEWER) for books in (whole, alone))
    Membership.objects.filter(pk=restricted.pk).update(sources=[whole.source(name).pk for name in own])
    return world, own, restricted, free


class Reader:
    """Bob, in one account or the other."""

    def __init__(self, membership: Membership) -> None:
        self.client = Client()
        self.client.force_login(User.objects.get(pk=membership.user_id))
        self.client.post(f"/accounts/{membership.account.public_id}/")

    def page(self, path: str) -> str:
        """A page as words and addresses, with random ids by the order in which they occur.

        Which row is, or may be, a payment's other half is told where all sources are in view: those words are left out.
        """
        answer = self.client.get(path)
        assert answer.status_code == 200, path
        text = re.sub(r"\s+", " ", unescape(answer.content.decode()))
        text = re.sub(
            r'csrfmiddlewaretoken" value="\w+"|(As|as) of [^.<]+|Uploaded [^<]+|\d+ \w+ \d{4}, \d\d:\d\d', "", text
        )
        names: dict[str, str] = {}
        text = re.sub(r' <span class="tag[^>]*>(Duplicate of [^<]+|Not counted|Possible duplicate)</span>', "", text)
        text = re.sub(
            r',? <a href="/transactions/\?only=duplicates[^>]*>\d+ possible duplicates?, counted</a>\.?', "", text
        )
        text = text.replace("not converted</a>.", "not converted</a>")
        text = text.replace('<a href="/sources/duplicates/">Duplicates</a>', "")
        return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", lambda id_: names.setdefault(id_[0], f"id {len(names)}"), text)

    def files(self) -> list[str]:
        """The addresses of the files that are listed."""
        return re.findall(r'href="(/files/[0-9a-f-]{36}/)"', self.client.get("/files/").content.decode())


def test_a_members_pages_are_those_of_an_account_that_has_nothing_else(
    both: tuple[World, list[str], Membership, Membership],
) -> None:
    world, own, restricted, free = both
    ours, theirs = Reader(restricted), Reader(free)
    span = f"from={world.start}&to={world.end}"
    cuts = [f"metric=net_sales&by=source&group={name}" for name in world.sources]
    asked = ["", *(f"metric={slug}" for slug in ("net_sales", "orders", "new_customers", "aov", "fees")), *cuts]
    paths = [f"/?{span}", "/?period=all", "/transactions/?period=all", "/sources/", "/files/"]

    for path in [*paths, *(f"/transactions/?{span}&{each}" for each in asked)]:
        assert ours.page(path) == theirs.page(path), path
    for mine, other in zip(ours.files(), theirs.files(), strict=True):
        assert ours.page(mine) == theirs.page(other)


def test_no_page_of_a_member_names_another_source(both: tuple[World, list[str], Membership, Membership]) -> None:
    world, own, restricted, _ = both
    reader = Reader(restricted)
    others = [name for name in world.sources if name not in own]
    paths = ["/?period=all", "/transactions/?period=all", "/sources/", "/files/", "/settings/team/"]
    pages = [reader.client.get(path).content.decode() for path in paths]

    assert others
    assert own[0] in pages[2]
    assert [name for name in others for page in pages if re.search(rf"\b{re.escape(name)}\b", page)] == []
