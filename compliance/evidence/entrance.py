"""How people get in: their passwords, the second factor, and what a trial asks of them."""

from datetime import datetime
from typing import Any, Final

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib.auth.hashers import get_hasher
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Q, QuerySet
from django.urls import reverse

from accounts.forms import SignUpForm
from accounts.models import AuthenticatorApp, Membership, SignUp, User
from accounts.personal_data import FIELDS
from compliance import access_log
from compliance.evidence.base import Finding
from compliance.models import BreakGlass, GrantAccess, StaffAccessGrant
from putler.tenancy import tenant

MEMORY, PASSES, LANES = 47_104, 2, 1  # KiB of memory that one guess costs, and how often it is gone through
STRONG: Final = f"argon2$argon2id$v=19$m={MEMORY},t={PASSES},p={LANES}$"
HASHES: Final = r"^(argon2\$argon2id\$|pbkdf2_sha256\$|!)"  # of former days too; ! where there is no password
TRIED_FIRST: Final = ("short one", "password1234", "1234567890", "Putler2026!", "a" * 1_025)
ASKED: Final = {"name", "email", "password"}
FEW: Final = 20  # people, below which a share would tell of some of them
MONEY: Final = "(^|_)(card|iban|bic|bank|cvc|cvv|pan|vat|tax)(_|$)"
COLUMNS: Final = """
    SELECT table_name || '.' || column_name FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name LIKE 'accounts_%%' AND column_name ~ %s ORDER BY 1
"""


def passwords(now: datetime) -> Finding:
    """What a new password is hashed by, and what the stored ones are."""
    hasher = get_hasher("default")
    memory, passes = (getattr(hasher, name, 0) for name in ("memory_cost", "time_cost"))
    is_strong = hasher.algorithm == "argon2" and memory >= MEMORY and passes >= PASSES
    stored = User.objects.exclude(password__startswith="!")  # noqa: S106  who has none yet
    weak = stored.exclude(password__startswith=STRONG).count()
    readable = _readable(stored) + _readable(SignUp.objects.all())
    said = f"Argon2id with {memory // 1024} MiB; " if is_strong else "Weaker than promised; "
    rest = (
        "every stored one is hashed so" if not weak else f"{_percent(weak, stored.count())} still under an older hash"
    )
    return Finding(
        "Passwords are readable" if readable else said + rest,
        "the hasher in force, and the beginning of each stored hash",
        is_strong and not readable,
    )


def choice(now: datetime) -> Finding:
    """That a password which thieves try first is refused to everybody."""
    accepted = sum(1 for word in TRIED_FIRST if _is_accepted(word))
    said = (
        f"{accepted} of {len(TRIED_FIRST)} would be accepted"
        if accepted
        else f"{len(TRIED_FIRST)} bad ones, all refused"
    )
    return Finding(said, "the rules for new passwords, tried just now", not accepted)


def second_factor(now: datetime) -> Finding:
    """That everybody can have one, and how many do."""
    stages = get_adapter().get_login_stages()
    is_there = "accounts.stages.SecondFactorStage" in stages[-1:] and bool(reverse("second_factor_app"))
    is_looked_at = "django_otp.middleware.OTPMiddleware" in settings.MIDDLEWARE
    people = User.objects.filter(is_active=True).count()
    having = AuthenticatorApp.objects.filter(confirmed=True).values("user").distinct().count()
    used = f"about {round(having * 10 / people) * 10} % have one" if people >= FEW else "too few people to give a share"
    is_met = is_there and is_looked_at
    said = "Offered to everybody" if is_met else "A way in leads past it"
    return Finding(f"{said}; {used}", "the stages of signing in, and the devices", is_met)


def trial(now: datetime) -> Finding:
    """That nothing about cards, banks or taxes is asked for, and that there is no place to keep it."""
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS, [MONEY])
        columns = [name for (name,) in cursor.fetchall()]
    further = sorted(set(SignUpForm.base_fields) - ASKED)
    found = [*columns, *further]
    said = f"Found: {', '.join(found)}" if found else "Name, e-mail address and password are asked for; nothing else"
    return Finding(said, "the form, and the columns of all tables of accounts", not found)


def basics(now: datetime) -> Finding:
    """That of a person no more is kept than what is declared."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM accounts_user LIMIT 0")
        columns = {column.name for column in cursor.description or ()}
    declared = FIELDS["accounts.User"]
    surplus = sorted(columns - declared.names)
    said = ", ".join(sorted(set(declared.personal) - {"password"}))
    value = f"Not declared: {', '.join(surplus)}" if surplus else f"{said}, and the hash of the password"
    return Finding(value, "the columns of people beside what is declared of them", not surplus)


def staff(now: datetime) -> Finding:
    """Whether somebody of ours is in an account now, and if so, whether that ends by itself."""
    ours = Membership.objects.filter(user__is_staff=True).filter(Q(expires_at=None) | Q(expires_at__gt=now))
    count, endless = ours.count(), ours.filter(expires_at=None).count()
    said = f"{count} by permission, each until a set time" if count else "Nobody of ours is in an account"
    return Finding(f"{endless} without an end" if endless else said, "the memberships of staff", not endless)


def looks(now: datetime) -> Finding:
    """How often staff looked into accounts this month, and that each look was let in by somebody."""
    since = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    seen = unlet = 0
    for account_id in access_log.looked_at():
        with tenant(account_id):
            grants = list(GrantAccess.objects.filter(account=account_id, at__gte=since).values_list("grant", flat=True))
            known = {*_ids(StaffAccessGrant, account_id), *_ids(BreakGlass, account_id)}
        seen += len(grants)
        unlet += sum(1 for grant in grants if grant not in known)
    said = f"{seen}, each under a permission that its owner can read" if seen else "None"
    return Finding(f"{unlet} of {seen} without one" if unlet else said, "the logs of the staff’s access", not unlet)


def _ids(model: type[StaffAccessGrant] | type[BreakGlass], account_id: int) -> QuerySet[Any, Any]:
    return model.objects.filter(account=account_id).values_list("public_id", flat=True)


def _is_accepted(word: str) -> bool:
    try:
        validate_password(word)
    except ValidationError:
        return False
    return True


def _readable(stored: QuerySet[User] | QuerySet[SignUp]) -> int:
    """How many are no hash at all."""
    return stored.exclude(password__regex=HASHES).count()


def _percent(part: int, whole: int) -> str:
    return f"{-(-part * 100 // whole)} %"
