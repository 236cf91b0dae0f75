"""Every link of Home leads to a page that answers, and the rows behind a number are on it."""

import re
from html import unescape

import pytest
from django.test import Client

from accounts.models import Role
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(client: Client) -> Client:
    """A member of an account with two sales, signed in."""
    account, user = make.account(), make.user("alice")
    make.member(account, user, Role.VIEWER)
    sale = {"customer": "ann@example.com", "country": "DE"}
    make.post(make.source(account), make.movement(**sale), make.movement("-5.00 EUR", kind="refund", **sale))
    make.follow(account)
    client.force_login(user)
    return client


def links(page: str) -> set[str]:
    return {unescape(link) for link in re.findall(r'href="(/transactions/\?[^"]+)"', page)}


def test_every_link_of_home_and_of_what_it_leads_to_answers(reader: Client) -> None:
    home = links(reader.get("/?from=2026-01-01&to=2026-01-31").content.decode())
    assert len(home) > 10

    found = set()
    for link in home:
        answer = reader.get(link)
        assert answer.status_code == 200, link
        found |= links(answer.content.decode())
    assert {reader.get(link).status_code for link in found} <= {200}


@pytest.mark.parametrize("group", ["9999-12", "0001-01", "9999-12-31", "0001-01-01", "2026-13", "x"])
@pytest.mark.parametrize("by", ["day", "month"])
def test_a_day_beyond_the_calendar_is_no_error(reader: Client, by: str, group: str) -> None:
    assert reader.get("/transactions/", {"metric": "net_sales", "by": by, "group": group}).status_code == 200


def test_all_time_links_to_the_same_days(client: Client) -> None:
    account, user = make.account(), make.user("alice")
    make.member(account, user, Role.VIEWER)
    make.post(make.source(account), make.movement(at="1995-03-01 12:00"))
    make.follow(account)
    client.force_login(user)

    assert all("from=1995-03-01" in link for link in links(client.get("/?period=all").content.decode()))
    assert "can be shown" not in client.get("/transactions/?metric=orders&from=1995-03-01").content.decode()
