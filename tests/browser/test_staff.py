"""The pages of the log, of the staff and of requests that end badly: nothing to complain about."""

from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.models import Account, AuditEvent, Scope, User
from compliance import staff_access
from compliance.staff_access import Wish
from tests import make
from tests.accounts.factor import Factors
from tests.accounts.factor import factors as factors
from tests.browser.conftest import OWNER, VIEWER, Visitor


def test_pages_of_the_audit_log(looking: Visitor) -> None:
    looking.be(OWNER)
    looking.inspect("/settings/audit/", "/settings/audit/?who=x&from=y", "/settings/audit/?who=nobody")


def test_pages_of_what_ends_badly(looking: Visitor) -> None:
    looking.inspect("/security/disclosure/")
    looking.inspect("/no-such-page/", status=404)
    looking.be(VIEWER)
    looking.inspect("/settings/audit/", "/staff/", status=403)


def test_pages_of_access(looking: Visitor, factors: Factors) -> None:
    client, sam, tina = Client(), make.user("sam"), make.user("tina")
    User.objects.filter(name__in=("sam", "tina")).update(is_staff=True)
    for browser, user in ((client, sam), (Client(), tina)):
        user.refresh_from_db()
        factors.show(browser, user)
        make.prove(browser, user)
    now = timezone.now()
    wish = Wish(scope=Scope.FIGURES, reason="Refunds of November look wrong, says the ticket", ticket="T-17")
    looking.be(OWNER)
    looking.inspect("/settings/access/", "/settings/access/log/")
    grant = staff_access.ask(looking.account, staff=sam, wish=wish, now=now)
    looking.inspect("/settings/access/")
    looking.page.get_by_role("button", name="Let them look").first.click()
    client.post("/staff/accounts/account/access/", {"enter": str(grant.public_id)})
    for path in ("/", "/metrics/aov/", "/transactions/"):
        client.get(path)
    staff_access.ask(looking.account, staff=tina, wish=wish, now=now)
    staff_access.ask_to_break_glass(looking.account, by=tina, evidence="Stolen cards", now=now)
    looking.inspect("/settings/access/", "/settings/access/log/", "/settings/team/")
    be(looking, client)
    looking.inspect("/", "/insights/")
    looking.inspect("/transactions/", status=403)
    of_account = f"/staff/accounts/account/{looking.account.public_id}"
    inspect_of_staff(
        looking, "/staff/accounts/account/access/", f"{of_account}/ask_access/", f"{of_account}/break_glass/"
    )
    looking.open(f"{of_account}/break_glass/")
    looking.page.get_by_role("button", name="Approve").click()
    looking.complaints.clear()
    looking.be(OWNER)
    looking.inspect("/", "/settings/access/", "/settings/team/")


def test_pages_of_the_staff(looking: Visitor, factors: Factors) -> None:
    client, sam = Client(), make.user("sam")
    User.objects.filter(pk=sam.pk).update(is_staff=True)
    factors.show(client, sam)
    make.prove(client, sam)
    Account.objects.filter(pk=looking.account.pk).update(trial_ends_at=make.NOW)
    source = make.source(looking.account, "Watched")
    be(looking, client)
    client.post(f"/staff/accounts/user/{sam.public_id}/change/", {"is_active": "on"})
    client.get("/settings/audit/")
    event = AuditEvent.objects.filter(account=None).first()
    pages = (
        "/staff/",
        "/staff/accounts/user/",
        f"/staff/accounts/user/{sam.public_id}/change/",
        f"/staff/accounts/user/{sam.public_id}/history/",
        "/staff/accounts/account/",
        f"/staff/accounts/account/{looking.account.public_id}/change/",
        f"/staff/accounts/account/{looking.account.public_id}/extend_trial/",
        f"/staff/accounts/user/{sam.public_id}/reset_second_factor/",
        "/staff/datasources/importhealth/",
        f"/staff/datasources/importhealth/{source.public_id}/change/",
        "/staff/accounts/auditevent/",
        *([f"/staff/accounts/auditevent/{event.public_id}/change/"] if event else []),
    )
    inspect_of_staff(looking, *pages)


def be(looking: Visitor, client: Client) -> None:
    """Be signed in as this browser from now on."""
    name = settings.SESSION_COOKIE_NAME
    looking.page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": looking.url}])


def inspect_of_staff(looking: Visitor, *paths: str) -> None:
    """Look for faults on pages of the staff's site."""
    for path in paths:
        looking.open(path)
        assert not looking.complaints, path
        looking.inspect_this()
        looking.complaints.clear()  # axe itself, at work on Django's forms, sets styles that the policy refuses
