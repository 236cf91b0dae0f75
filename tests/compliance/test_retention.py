"""What is kept for a while goes when its time has come, not before, and nothing is kept longer than is said."""

import re
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.utils import timezone
from django_q.models import OrmQ, Schedule, Task

from accounts.models import (
    Account,
    AuthenticatorApp,
    EmailChange,
    Membership,
    OutgoingMail,
    Role,
    Session,
    SignUp,
    User,
)
from accounts.trials import extend_trial
from compliance import endings, retention, tasks
from compliance.models import DpaRequest, Ending, ErasureRequest, ExportRequest, PurgeReceipt
from compliance.stores import declarations
from datasources.models import HookEvent, OAuthState
from putler.retention import DAY
from putler.tenancy import tenant
from tests import make
from tests.accounts.conftest import mails
from tests.walls.specimens import specimen

pytestmark = [pytest.mark.django_db, pytest.mark.rule("E9")]
BY_SLUG = {kept.slug: kept for kept in retention.TABLE}
ENDS = {"ended-trials", "unused-accounts"}  # which are warned first: below
SPAN = re.compile(r"\d+ (?:days|hours)|\ba day\b|\b\w+ years")
Make = Callable[[datetime], object]  # something whose time began at that moment


def _session(at: datetime) -> None:
    rest = {"session_data": "", "browser": "", "last_seen": at}
    Session.objects.create(session_key=uuid.uuid4().hex, first_seen=at, expire_date=at + 14 * DAY, **rest)


def _sign_up(at: datetime) -> None:
    SignUp.objects.create(email="nora@example.com", expires_at=at + DAY, accepted_at=at)


def _nowhere(at: datetime) -> None:
    User.objects.create_user(f"{uuid.uuid4().hex}@example.com", joined_at=at - 90 * DAY, last_login=at)


def _address(at: datetime) -> None:
    user = make.user(uuid.uuid4().hex)
    EmailChange.objects.create(user=user, email="n@example.com", digest=user.name, expires_at=at + DAY)


def _app(at: datetime, **fields: object) -> AuthenticatorApp:
    app: AuthenticatorApp = AuthenticatorApp.objects.create(
        user=make.user(uuid.uuid4().hex), name="app", sealed="", **fields
    )
    AuthenticatorApp.objects.filter(pk=app.pk).update(created_at=at)
    return app


def _failure(at: datetime) -> None:
    _app(at, confirmed=True, throttling_failure_timestamp=at, throttling_failure_count=3)


def _try(at: datetime) -> None:
    key = uuid.uuid4().hex
    cache.set(key, 1, timeout=600)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE putler_cache SET expires = %s WHERE cache_key LIKE %s", [at + DAY, f"%{key}"])


def _of_account(model: type, **times: timedelta) -> Make:
    def made(at: datetime) -> None:
        account = make.account()
        with tenant(account.pk):
            row = specimen(model, account)
            model._default_manager.filter(pk=row.pk).update(**{name: at + after for name, after in times.items()})  # type: ignore[attr-defined]

    return made


def _task(at: datetime) -> None:
    Task.objects.create(id=uuid.uuid4().hex, name="job", func="f", started=at, stopped=at, success=False)


def _agreement(at: datetime, state: str) -> None:
    DpaRequest.objects.create(state=state, asked_at=at, changed_at=at, link_expires_at=at + 14 * DAY)


def _support(at: datetime) -> None:
    account, user = make.account(), make.user(uuid.uuid4().hex)
    rest = {"role": Role.SUPPORT, "expires_at": at + 7 * DAY, "grant": uuid.uuid4(), "scope": "figures"}
    Membership.objects.create(account=account, user=user, **rest)


def _copy(at: datetime, **fields: object) -> ExportRequest:
    user = make.user(uuid.uuid4().hex)
    copy: ExportRequest = ExportRequest.objects.create(kind="user", user=user, asked_at=at, **fields)
    return copy


MAKERS: dict[str, Make] = {
    "sessions": _session,
    "sign-ups": _sign_up,
    "nowhere": _nowhere,
    "addresses": _address,
    "enrolments": lambda at: _app(at, confirmed=False),
    "failures": _failure,
    "tries": _try,
    "mails": lambda at: OutgoingMail.objects.create(sealed="", due_at=at, created_at=at),
    "jobs": _task,
    "consents": _of_account(OAuthState, expires_at=timedelta()),
    "hook-events": _of_account(HookEvent, received_at=timedelta()),
    "agreements": lambda at: _agreement(at, DpaRequest.State.COMPLETE),
    "unconfirmed": lambda at: _agreement(at, DpaRequest.State.ASKED),
    "support": _support,
    "erasures": lambda at: ErasureRequest.objects.create(kind="user", target=uuid.uuid4(), done_at=at),
    "copies": lambda at: _copy(at, state="ready", expires_at=at + 3 * DAY),
    "copies-asked": lambda at: _copy(at, state="gone"),
    "receipts": _of_account(PurgeReceipt, ended_at=timedelta()),
}
ELSEWHERE = {"audit-log", "access-log"}  # test_chains.py, test_access_log.py: a superuser alone can date these
BY_THE_DATABASE = {"consents", "hook-events", "receipts"}  # whose accounts it finds, by its own clock


@pytest.mark.parametrize("slug", sorted(MAKERS))
def test_it_goes_when_its_time_has_come_and_not_before(slug: str) -> None:
    kept, now = BY_SLUG[slug], timezone.now()
    cache.clear()
    MAKERS[slug](now - kept.how_long - timedelta(hours=1))
    MAKERS[slug](now - kept.how_long + timedelta(hours=1))
    assert kept.way.overdue(now) == 1

    tasks.forget(slug)

    assert kept.way.overdue(now) == 0
    if slug not in BY_THE_DATABASE:
        assert kept.way.overdue(now + timedelta(hours=2)) == 1


def test_every_line_of_the_table_is_tested_and_rung_for_by_itself() -> None:
    assert {*MAKERS, *ELSEWHERE, *ENDS} == set(BY_SLUG)

    tasks.forget_all()

    assert sorted(job.task["args"][0] for job in OrmQ.objects.all()) == sorted(BY_SLUG)
    schedule = Schedule.objects.get(func="compliance.tasks.forget_all")
    assert (schedule.minutes, schedule.cluster, schedule.repeats) == (24 * 60, "short", -1)


def test_what_is_declared_of_people_agrees_with_the_table() -> None:
    said = {
        (label, name, span)
        for label, declared in declarations().items()
        for name, personal in declared.personal.items()
        for span in SPAN.findall(personal.kept)
    }
    held = {(label, kept.words) for kept in retention.TABLE for label in kept.holds}

    assert said
    assert {(label, span) for label, _, span in said} == held


@pytest.fixture
def account(db: None) -> Account:
    account = make.account()
    make.member(account, make.user("alice"), Role.OWNER)
    make.member(account, make.user("bob"), Role.VIEWER)
    return account


def _told(since: int = 0) -> list[tuple[list[str], str]]:
    return [(letter.to, str(letter.subject)) for letter in mails()[since:]]


@pytest.mark.parametrize(("slug", "days"), [("ended-trials", 90), ("unused-accounts", 730)])
def test_an_account_ends_after_three_warnings(account: Account, slug: str, days: int) -> None:
    kept, start = BY_SLUG[slug], timezone.now()
    Account.objects.filter(pk=account.pk).update(
        created_at=start, trial_ends_at=start if slug == "ended-trials" else None
    )
    told = []
    for day in range(days + 1):
        before = len(mails())
        kept.way.forget(start + day * DAY)
        told += [(days - day, *letter) for letter in _told(before)]

    names = {30: "30 days", 7: "7 days", 1: "a day"}
    assert told == [
        (left, ["alice@example.com"], f"The account A shop will be closed in {words}") for left, words in names.items()
    ]
    assert not endings.due(now=start + (days - 1) * DAY)
    assert endings.due(now=start + days * DAY) == [account]
    request = ErasureRequest.objects.get(kind="account")
    assert (request.account, request.verified_how, request.due_at) == (
        account.public_id, "ended", start + days * DAY,
    )  # fmt: skip


def test_warnings_that_come_late_move_the_end(account: Account) -> None:
    now = timezone.now()
    Account.objects.filter(pk=account.pk).update(trial_ends_at=now - 500 * DAY)
    for day in (0, 1, 22, 23, 24, 28, 29):
        assert not endings.due(now=now + day * DAY)
        endings.warn_of_trials(now + day * DAY)

    assert [subject.rpartition(" in ")[2] for _, subject in _told()] == ["30 days", "7 days", "a day"]
    assert endings.due(now=now + 30 * DAY) == [account]


def test_a_longer_trial_or_a_sign_in_calls_it_off(account: Account) -> None:
    now = timezone.now()
    Account.objects.filter(pk=account.pk).update(trial_ends_at=now - 80 * DAY, created_at=now - 720 * DAY)
    endings.warn_of_trials(now)
    endings.warn_of_unused(now)
    assert Ending.objects.count() == 2

    extend_trial(account, days=1, reason="They asked.", by="test", now=now)
    User.objects.filter(name="bob").update(last_login=now)
    endings.warn_of_trials(now)
    endings.warn_of_unused(now)

    assert not Ending.objects.exists()
