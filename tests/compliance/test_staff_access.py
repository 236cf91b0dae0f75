"""Staff in an account: only by permission, only for reading, only for a while."""

import uuid
from collections.abc import Iterator
from datetime import timedelta
from importlib.metadata import distributions
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone
from django_otp import DEVICE_ID_SESSION_KEY

from accounts import invitations, letters, team
from accounts.models import INVITED_AS, Membership, OutgoingMail, Role, Scope, User
from accounts.services import AccountError, create_account, start_another, start_trial
from analytics import customer_list
from compliance import staff_access
from compliance.models import BreakGlass, StaffAccessGrant
from compliance.staff_access import AccessRefused, Terms
from putler.tenancy import tenant
from tests import make
from tests.accounts.conftest import mails
from tests.accounts.test_staff import addresses as of_staff
from tests.compliance.access import WISH, House
from tests.compliance.access import house as house
from tests.test_permissions import addresses

pytestmark = pytest.mark.django_db
# Which pages each permission opens; any other address of an account is closed to all of them.
SEEN = {
    Scope.FIGURES: {
        "home", "sales", "sales_file", "products", "product_file", "product", "insights", "metrics",
        "metric", "reconciliation",
    },
    Scope.RECORDS: {"transactions", "customers", "customer_list", "customer_file", "customer", "duplicates"},
    Scope.CONNECTIONS: {"sources", "source", "files"},
}  # fmt: skip
OPEN = set[str]().union(*SEEN.values())
ACCESS = "/settings/access/"


@pytest.mark.rule("S3")
def test_staff_ask_an_owner_answers_and_both_logs_tell(house: House) -> None:
    asking = reverse("admin:accounts_account_ask_access", args=[house.account.public_id])
    house.sam.post(asking, {"scope": "records", "ticket": WISH.ticket, "reason": WISH.reason})
    page = house.alice.get(ACCESS).content.decode()
    with tenant(house.account.pk):
        grant = StaffAccessGrant.objects.get()
    assert mails()[-1].to == ["alice@example.com"]
    assert WISH.reason in page
    assert house.sam.get("/").status_code == 404

    answer = {"decision": "approve", "scope": "figures", "lasts": "4"}
    house.alice.post(f"{ACCESS}{grant.public_id}/decision/", answer)

    assert house.enters(grant) == "/"
    assert "You are looking at Shop" in house.sam.get("/").content.decode()
    told = ["grant_asked", "grant_given", "staff_looked"]
    assert house.verbs(house.account) == told
    assert [verb for verb in house.verbs(None) if "grant" in verb or "looked" in verb] == told


@pytest.mark.rule("S3")
def test_a_request_that_is_declined_lets_nobody_in(house: House) -> None:
    sam = house.people["sam"]
    grant = staff_access.ask(house.account, staff=sam, wish=WISH, now=timezone.now())

    house.alice.post(f"{ACCESS}{grant.public_id}/decision/", {"decision": "decline"})

    assert not house.account.memberships.filter(role=Role.SUPPORT).exists()
    assert "Declined on" in house.alice.get(ACCESS).content.decode()
    assert house.verbs(house.account)[-1] == "grant_declined"
    with pytest.raises(AccessRefused, match="answered meanwhile"):
        staff_access.approve(
            grant, terms=Terms(scope=Scope.FIGURES, lasts=timedelta(hours=1)), by=house.owner, now=timezone.now()
        )


@pytest.mark.rule("S3")
def test_every_address_of_an_account_names_its_permission_or_is_closed() -> None:
    opens = {str(each.name): each.callback.opens_for for each in _gated()}  # type: ignore[attr-defined]

    assert {scope: {name for name, one in opens.items() if one == scope} for scope in SEEN} == SEEN
    assert {one for one in opens.values()} == {*SEEN, None}


@pytest.mark.rule("S3")
@pytest.mark.parametrize("scope", SEEN)
def test_a_permission_opens_its_own_pages_and_no_other(house: House, scope: Scope) -> None:
    house.lets_in(scope)

    answers = {name: house.sam.get(url).status_code for name, url in _pages(house) if name in OPEN}

    assert answers == {name: 200 if name in SEEN[scope] else 403 for name in OPEN}


@pytest.mark.rule("S3")
def test_nothing_else_is_seen_and_nothing_changed_even_by_who_may_look_at_everything(house: House) -> None:
    house.enters(house.breaks_glass())

    posted = {name: house.sam.post(url).status_code for name, url in _pages(house)}
    closed = {house.sam.get(url).status_code for name, url in _pages(house) if name not in OPEN}

    assert closed | set(posted.values()) == {403, 405}
    assert list(posted.values()).count(403) > 40


def _gated() -> Iterator[URLPattern]:
    """The addresses that only members of an account reach."""
    return (each for each in addresses(get_resolver().url_patterns) if hasattr(each.callback, "opens_for"))


def _pages(house: House) -> Iterator[tuple[str, str]]:
    """Every address of an account, with the ids of what is in it as far as it shows something."""
    with tenant(house.account.pk):
        source = house.account.sources.get()
    told = {"customer": house.customer, "product": house.product, "source": source}
    for pattern in _gated():
        name = str(pattern.name)
        parts: dict[str, Any] = {"public_id": told[name].public_id if name in told else uuid.uuid4()}
        parts["slug"] = "net_sales" if name == "metric" else "stripe"
        url = reverse(name, kwargs={part: parts[part] for part in pattern.pattern.converters})
        yield name, f"{url}?table=product" if name == "sales_file" else url


@pytest.mark.rule("S3")
def test_figures_name_no_customer(house: House) -> None:
    house.lets_in(Scope.FIGURES)

    pages = [house.sam.get(path).content.decode() for path in ("/", "/sales/", "/products/", "/insights/")]

    assert "90.00" in pages[0]
    assert not [page for page in pages if "ann@" in page]


@pytest.mark.rule("S3")
def test_the_database_refuses_an_eighth_day_and_half_a_permission(house: House) -> None:
    now, sam = timezone.now(), house.people["sam"]
    asked = {"account": house.account, "staff": sam, "scope": "figures", "reason": "x", "ticket": "x", "asked_at": now}
    bad = (
        {"granted_by": sam, "starts_at": now, "expires_at": now + timedelta(days=7, seconds=1)},
        {"granted_by": sam, "expires_at": now + timedelta(days=1)},
        {"starts_at": now, "expires_at": now + timedelta(days=1)},
    )

    for fields in bad:
        with pytest.raises(IntegrityError, match="staff_access_grant_week"), tenant(house.account.pk):
            StaffAccessGrant.objects.create(**asked, **fields)
    with pytest.raises(IntegrityError, match="membership_support_ends"), transaction.atomic():
        Membership.objects.create(account=house.account, user=sam, role=Role.SUPPORT, scope=Scope.FIGURES)


@pytest.mark.rule("S3")
def test_without_the_second_factor_no_permission_opens_anything(house: House) -> None:
    house.lets_in()
    session = house.sam.session
    del session[DEVICE_ID_SESSION_KEY]
    session.save()

    assert house.sam.get("/").status_code == 302
    assert not house.log()


@pytest.mark.rule("S3")
def test_who_is_no_longer_staff_is_out(house: House) -> None:
    house.lets_in()
    User.objects.filter(name="sam").update(is_staff=False)

    assert house.sam.get("/").headers["Location"] == "/start/"


@pytest.mark.rule("S3")
def test_an_owner_lets_somebody_of_the_staff_in_unasked_and_nobody_else(house: House) -> None:
    form = {"email": "sam@example.com", "scope": "connections", "lasts": "168"}

    refused = house.alice.post(f"{ACCESS}opening/", form | {"email": "alice@example.com"})
    long = house.alice.post(f"{ACCESS}opening/", form | {"lasts": "192"})
    given = house.alice.post(f"{ACCESS}opening/", form)

    assert (refused.status_code, long.status_code, given.status_code) == (422, 422, 302)
    assert "Nobody of Putler’s staff has this address" in refused.content.decode()
    [membership] = house.account.memberships.filter(role=Role.SUPPORT)
    assert (membership.user.email, membership.scope) == ("sam@example.com", "connections")
    assert "Putler support until" in house.alice.get("/settings/team/").content.decode()


@pytest.mark.rule("S3")
@pytest.mark.rule("S5")
def test_staff_ask_and_approve_with_fresh_proof(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    later = timezone.now() + timedelta(minutes=11)
    monkeypatch.setattr("accounts.sudo.timezone.now", lambda: later)

    for deed in ("ask_access", "break_glass"):
        url = reverse(f"admin:accounts_account_{deed}", args=[house.account.public_id])
        assert house.sam.post(url, {"evidence": "x"}).headers["Location"].startswith("/confirm/")


@pytest.mark.rule("S3")
def test_an_administrator_lets_nobody_in(house: House) -> None:
    dora, client = make.user("dora"), Client()
    admin = make.member(house.account, dora, Role.ADMIN)
    client.force_login(dora)
    make.prove(client, dora)
    form = {"email": "sam@example.com", "scope": "figures", "lasts": "4"}

    assert (client.get(ACCESS).status_code, client.post(f"{ACCESS}opening/", form).status_code) == (403, 403)
    with pytest.raises(PermissionDenied):
        staff_access.open_unasked(
            house.account,
            staff=house.people["sam"],
            terms=Terms(scope=Scope.FIGURES, lasts=timedelta(hours=1)),
            by=admin,
            now=timezone.now(),
        )


@pytest.mark.rule("S4")
@pytest.mark.parametrize("how", ["revoked", "expired", "given back"])
def test_its_end_holds_from_the_next_request_on(house: House, how: str) -> None:
    grant = house.lets_in()
    assert house.sam.get("/").status_code == 200

    if how == "revoked":
        house.alice.post(f"{ACCESS}{grant.public_id}/revocation/")
    elif how == "expired":
        house.account.memberships.filter(grant=grant.public_id).update(expires_at=timezone.now())
    else:
        house.sam.post("/staff/accounts/account/access/", {"give_back": str(grant.public_id)})

    assert house.sam.get("/").status_code == 404
    assert house.enters(grant) == ""
    assert house.verbs(house.account).count("grant_revoked") == (how != "expired")


@pytest.mark.rule("S4")
def test_a_file_that_is_being_made_when_it_ends_does_not_leave(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    grant = house.lets_in(Scope.RECORDS)
    make_file = customer_list.file_of

    def revoked_meanwhile(form: Any) -> Any:
        found = make_file(form)
        house.account.memberships.filter(grant=grant.public_id).delete()
        return found

    monkeypatch.setattr(customer_list, "file_of", revoked_meanwhile)
    answer = house.sam.get(reverse("customer_file"))

    assert (answer.status_code, "ann@" in answer.content.decode()) == (404, False)
    assert [one.status for one in house.log()] == [404]


@pytest.mark.rule("S4")
def test_another_permission_is_no_way_into_the_next_account(house: House) -> None:
    house.lets_in()
    other = make.account("Other")
    owner = make.member(other, make.user("charlie"), Role.OWNER)
    terms = Terms(scope=Scope.FIGURES, lasts=timedelta(hours=1))
    staff_access.open_unasked(other, staff=house.people["sam"], terms=terms, by=owner, now=timezone.now())
    house.account.memberships.filter(role=Role.SUPPORT).delete()

    assert house.sam.get("/").status_code == 404
    assert house.sam.post(reverse("switch_account", args=[other.public_id])).status_code == 404


def test_a_later_permission_takes_the_place_of_the_one_before(house: House) -> None:
    first = house.lets_in(Scope.FIGURES)
    house.lets_in(Scope.CONNECTIONS)

    assert (house.sam.get("/").status_code, house.sam.get("/sources/").status_code) == (403, 200)
    with tenant(house.account.pk):
        first.refresh_from_db()
    assert first.revoked_at is not None


@pytest.mark.rule("S5")
def test_a_suspicion_takes_two_and_the_owners_are_told_at_once(house: House) -> None:
    breaking = reverse("admin:accounts_account_break_glass", args=[house.account.public_id])
    tina = house.clients["tina"]
    house.sam.post(breaking, {"evidence": "Stolen cards"})
    with tenant(house.account.pk):
        glass = BreakGlass.objects.get()
    assert [mail.to for mail in mails()] == [["tina@example.com"]]
    approves = {"approves": str(glass.public_id)}
    assert "Who asked for it cannot approve it" in house.sam.post(breaking, approves, follow=True).content.decode()
    assert house.enters(glass) == ""

    tina.post(breaking, approves)

    assert (mails()[-1].to, "without your permission" in mails()[-1].subject) == (["alice@example.com"], True)
    assert house.enters(glass) == "/"
    assert {house.sam.get(path).status_code for path in ("/", "/transactions/", "/sources/")} == {200}
    assert house.sam.post("/transactions/").status_code == 403
    assert house.verbs(house.account)[0] == "glass_broken"
    assert {"glass_break_asked", "glass_broken"} <= set(house.verbs(None))


@pytest.mark.rule("S5")
def test_every_member_sees_it_on_every_page_while_it_lasts_and_the_owner_afterwards(house: House) -> None:
    bob, client = make.user("bob"), Client()
    make.member(house.account, bob, Role.VIEWER)
    client.force_login(bob)
    glass = house.breaks_glass()
    said = "without its owner’s permission"

    shown = [said in client.get(path).content.decode() for path in ("/", "/sources/", "/settings/team/", ACCESS)]
    team_page = house.alice.get("/settings/team/").content.decode()
    ending = house.alice.post(f"{ACCESS}{glass.public_id}/revocation/").status_code
    house.account.memberships.filter(role=Role.SUPPORT).update(expires_at=timezone.now())

    assert (shown, ending) == ([True] * 4, 404)
    assert "Putler support until" in team_page
    assert said not in client.get("/").content.decode()
    assert "Suspected breach of terms" in house.alice.get(ACCESS).content.decode()


@pytest.mark.rule("S5")
def test_the_database_wants_two_people_one_reason_and_a_day(house: House) -> None:
    now, sam, tina = timezone.now(), house.people["sam"], house.people["tina"]
    asked = {"account": house.account, "evidence": "x", "requested_by": sam, "requested_at": now}
    day = {"starts_at": now, "expires_at": now + timedelta(hours=24)}

    for fields, name in (
        (day | {"approved_by": sam}, "break_glass_by_two"),
        (day | {"approved_by": tina, "expires_at": now + timedelta(hours=25)}, "break_glass_day"),
        (day, "break_glass_day"),
        ({"reason": "curious"}, "break_glass_reason"),
    ):
        with pytest.raises(IntegrityError, match=name), tenant(house.account.pk):
            BreakGlass.objects.create(**asked, **fields)


@pytest.mark.rule("S5")
def test_no_permission_of_an_owner_takes_the_place_of_a_suspicion(house: House) -> None:
    house.breaks_glass()

    with pytest.raises(AccessRefused, match="everything already"):
        house.lets_in(Scope.FIGURES)

    assert house.account.memberships.get(role=Role.SUPPORT).scope == Scope.EVERYTHING


@pytest.mark.rule("S7")
def test_staff_own_no_account_and_join_no_team(house: House) -> None:
    sam, now = house.people["sam"], timezone.now()
    business = {"name": "Own", "currency": "EUR", "time_zone": "UTC"}
    invitation = make.invitation(house.account, by=house.people["alice"], email=sam.email)

    with pytest.raises(AccountError):
        create_account(email=sam.email, **business)
    for start in (start_trial, start_another):
        with pytest.raises(AccountError):
            start(owner=sam, **business, now=now)
    with pytest.raises(team.TeamError, match="joins no team"):
        invitations.accept(invitation, user=sam, now=now)
    assert house.sam.get("/start/").status_code == house.sam.post("/start/", business).status_code == 404
    assert not sam.memberships.exists()


@pytest.mark.rule("S7")
def test_nothing_that_is_installed_lets_somebody_be_somebody_else(house: House) -> None:
    packages = {(dist.metadata["Name"] or "").lower() for dist in distributions()}
    addressed = {str(pattern.name) for pattern in addresses(get_resolver().url_patterns)} | set(of_staff())

    for word in ("hijack", "loginas", "login-as", "login_as", "impersonat", "masquerade", "su_login"):
        assert not [name for name in {*packages, *settings.INSTALLED_APPS, *addressed} if word in name]


def test_mails_of_an_account_are_not_for_staff_and_the_last_owner_stays(house: House) -> None:
    house.lets_in()
    OutgoingMail.objects.all().delete()
    with tenant(house.account.pk):
        team.tell(house.account, letters.member_gone(house.owner))
        with pytest.raises(team.TeamError, match="needs an owner"):
            team.leave(house.owner, now=timezone.now())

    assert [mail.to for mail in mails()] == [["alice@example.com"]]
    assert (Role.SUPPORT, "Support") not in INVITED_AS
    assert not team.may_give(house.account.memberships.get(role=Role.SUPPORT), Role.VIEWER)


def test_the_banner_says_whose_account_by_which_permission_and_until_when(house: House) -> None:
    grant = house.lets_in(Scope.RECORDS)
    assert grant.expires_at
    until = f"{grant.expires_at.astimezone(house.account.zone):%-d %b %Y, %H:%M}"

    pages = [house.sam.get(path).content.decode() for path in ("/transactions/", "/settings/team/")]

    for page in pages:  # one that is refused too
        assert all(text in page for text in ("looking at Shop", str(grant.public_id), until, grant.reason))
    house.sam.post("/staff/accounts/account/access/", {"leave": "1"})
    assert house.sam.get("/transactions/").status_code == 404
