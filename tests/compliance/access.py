"""An account of alice's, and two of the staff before it."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.models import Account, AuditEvent, Membership, Role, Scope, User
from compliance import staff_access
from compliance.models import BreakGlass, GrantAccess, StaffAccessGrant
from compliance.staff_access import Terms, Wish
from datasources.models import Customer, Product
from putler.tenancy import tenant
from tests import make
from tests.accounts.factor import Factors

WISH = Wish(scope=Scope.FIGURES, reason="Refunds look wrong", ticket="T-17")
STAFF = ("sam", "tina")


class House:
    """Alice's shop with one sale; browsers of alice, of sam and of tina, who showed all that can be asked of them."""

    def __init__(self, factors: Factors) -> None:
        cache.clear()
        self.account: Account = make.account("Shop")
        self.people = {name: make.user(name) for name in ("alice", *STAFF)}
        User.objects.filter(name__in=STAFF).update(is_staff=True)
        self.owner: Membership = make.member(self.account, self.people["alice"], Role.OWNER)
        self.clients = {name: Client() for name in self.people}
        for name, client in self.clients.items():
            user = self.people[name] = User.objects.get(name=name)
            factors.show(client, user) if name in STAFF else client.force_login(user)
            make.prove(client, user)
        at = f"{timezone.now() - timedelta(minutes=5):%Y-%m-%d %H:%M}"
        sale = make.movement("90.00 EUR", at, customer="ann@example.com", lines="TEE 1 9000")
        make.post(make.source(self.account), sale)
        with tenant(self.account.pk):
            make.follow(self.account)
            self.customer = Customer.objects.get(account=self.account)
            self.product = Product.objects.get(account=self.account)

    @property
    def sam(self) -> Client:
        return self.clients["sam"]

    @property
    def alice(self) -> Client:
        return self.clients["alice"]

    def lets_in(self, scope: Scope = Scope.FIGURES, *, hours: int = 24) -> StaffAccessGrant:
        """Let sam in as alice would, and have him enter."""
        terms = Terms(scope=scope, lasts=timedelta(hours=hours))
        grant = staff_access.open_unasked(
            self.account, staff=self.people["sam"], terms=terms, by=self.owner, now=timezone.now()
        )
        self.enters(grant)
        return grant

    def enters(self, permission: StaffAccessGrant | BreakGlass) -> str:
        """Sam enters by the page of the staff; answers where to."""
        answer = self.sam.post("/staff/accounts/account/access/", {"enter": str(permission.public_id)})
        return answer.headers.get("Location", "")

    def breaks_glass(self) -> BreakGlass:
        """Sam asks on suspicion, tina approves."""
        glass = staff_access.ask_to_break_glass(
            self.account, by=self.people["sam"], evidence="Stolen cards", now=timezone.now()
        )
        staff_access.break_glass(glass, by=self.people["tina"], now=timezone.now())
        return glass

    def log(self) -> list[GrantAccess]:
        """What was looked at, oldest first."""
        with tenant(self.account.pk):
            return list(GrantAccess.objects.filter(account=self.account).order_by("pk"))

    def verbs(self, account: Account | None) -> list[str]:
        """The log of the account, or of the staff."""
        if account is None:
            return list(AuditEvent.objects.filter(account=None).order_by("seq").values_list("verb", flat=True))
        with tenant(account.pk):
            return list(AuditEvent.objects.filter(account=account).order_by("seq").values_list("verb", flat=True))


@pytest.fixture
def house(db: None) -> House:
    return House(Factors())
