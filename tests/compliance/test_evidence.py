"""Each mechanism is broken, and the page says so; what was not measured lately is unknown."""

import base64
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone
from django_q.models import OrmQ, Schedule
from pytest_django import Settings

from accounts import audit
from accounts.adapter import AccountAdapter
from accounts.forms import SignUpForm
from accounts.models import Account, Membership, OutgoingMail, Role, User
from accounts.personal_data import FIELDS
from compliance import access_log, tasks
from compliance.evidence import keeping, registry, reviews, site
from compliance.evidence.base import Finding, State, has_run, read, record, worst
from compliance.evidence.chapters import PROMISES
from compliance.evidence.promises import standing
from compliance.evidence.registry import MEASURES
from compliance.models import DpaTemplate, Evidence, HostingStatement, SubProcessor
from datasources.connectors import http
from datasources.connectors import registry as connectors
from datasources.connectors.http import Answer
from datasources.services import unlinking
from putler import front
from putler.tenancy import protect, tenant
from tests import make
from tests.accounts.superuser import as_superuser
from tests.compliance.test_retention import MAKERS

pytestmark = [pytest.mark.django_db, pytest.mark.rule("E10")]
OWN = sorted(name for name, measure in MEASURES.items() if measure.function)
CLOSED = "; ".join(site.CLOSED)
REVIEW = "# Reviews\n\n## {} · 1.0\n\n- Dependencies audited: yes\n"


@pytest.fixture(autouse=True)
def world(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A site in order: by https, reviewed today, jobs about to run; what it asks of itself goes to a test client."""
    settings.PUBLIC_URL = "https://testserver"
    settings.SECURE_HSTS_SECONDS = 63_072_000
    Schedule.objects.update(next_run=timezone.now() + timedelta(minutes=1))
    monkeypatch.setattr(reviews, "FILE", tmp_path / "reviews.md")
    reviews.FILE.write_text(REVIEW.format(timezone.now().date()))
    monkeypatch.setattr(http, "look", ask)
    showing("RSA 2048", "TLS 1.2", "TLS 1.3")(monkeypatch, settings)
    today = timezone.now().date()
    HostingStatement.objects.create(provider="Halls", certificate="1", valid_until=today, stated_at=timezone.now())
    settings.EMAIL_SERVER = settings.EMAIL_SERVER._replace(host="mail.example")
    SubProcessor.objects.create(
        name="Halls", hosts="mail.example", data_types="Everything", since=today, agreement_on=today
    )
    DpaTemplate.objects.update(approved_by="A lawyer")
    make.member(make.account(), make.user("alice"), Role.OWNER)
    make.source(Account.objects.get())


def ask(url: str) -> Answer:
    answer = Client().get(url.removeprefix("https://testserver"), secure=True)
    return Answer(answer.status_code, answer.content, dict(answer.headers))


def state(name: str, *, now: datetime | None = None) -> State:
    """What the page says after a measurement."""
    now = now or timezone.now()
    registry.measure(name, now=now)
    return read(MEASURES[name], Evidence.objects.get(name=name), now=now).state


def weaken(patch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]


def store_as_typed(patch: pytest.MonkeyPatch, settings: Any) -> None:
    User.objects.update(password="correct horse battery")


def allow_any_password(patch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.AUTH_PASSWORD_VALIDATORS = []


def skip_second_factor(patch: pytest.MonkeyPatch, settings: Any) -> None:
    patch.setattr(AccountAdapter, "get_login_stages", lambda _: [])


def ask_for_a_card(patch: pytest.MonkeyPatch, settings: Any) -> None:
    patch.setattr(SignUpForm, "base_fields", SignUpForm.base_fields | {"card_number": None})


def add_column(patch: pytest.MonkeyPatch, settings: Any) -> None:
    fewer = replace(FIELDS["accounts.User"], plain="id public_id")
    patch.setitem(FIELDS, "accounts.User", fewer)


def let_staff_stay(patch: pytest.MonkeyPatch, settings: Any) -> None:
    staff = make.user("sam")
    User.objects.filter(pk=staff.pk).update(is_staff=True)
    make.member(Account.objects.get(), staff, Role.VIEWER)


def look_without_permission(patch: pytest.MonkeyPatch, settings: Any) -> None:
    account, staff = Account.objects.get(), make.user("sam")
    as_staff = Membership(account=account, user=staff, grant=uuid.uuid4())
    with tenant(account.pk):
        access_log.write(as_staff, RequestFactory().get("/sales/"), HttpResponse(), [])


def lose_a_source(patch: pytest.MonkeyPatch, settings: Any) -> None:
    account = Account.objects.get()
    with tenant(account.pk):
        source = account.sources.get()
        unlinking.unlink(source=source, now=timezone.now() - timedelta(days=16))


def stop(task: str) -> Callable[[pytest.MonkeyPatch, Any], None]:
    def job_off(patch: pytest.MonkeyPatch, settings: Any) -> None:
        schedule = Schedule.objects.get(name=task)
        schedule.next_run = timezone.now() - timedelta(minutes=(schedule.minutes or 0) + 1)
        schedule.save(update_fields=["next_run"])

    return job_off


def wait_long(patch: pytest.MonkeyPatch, settings: Any) -> None:
    Account.objects.update(purge_delay_days=365)


def keep_jobs(patch: pytest.MonkeyPatch, settings: Any) -> None:
    MAKERS["jobs"](timezone.now() - timedelta(days=10))


def forget_to_declare(patch: pytest.MonkeyPatch, settings: Any) -> None:
    patch.setattr(keeping, "declarations", dict)


def read_without_reason(patch: pytest.MonkeyPatch, settings: Any) -> None:
    connector = connectors.CONNECTORS["stripe"]
    patch.setattr(type(connector), "streams", (replace(connector.streams[0], purpose=""),))


def ask_for_unexplained(patch: pytest.MonkeyPatch, settings: Any) -> None:
    [scope, *_] = connectors.CONNECTORS["stripe"].oauth.scopes
    patch.setitem(scope.__dict__, "means", "")


def without(middleware: str) -> Callable[[pytest.MonkeyPatch, Any], None]:
    def removed(patch: pytest.MonkeyPatch, settings: Any) -> None:
        settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if name != middleware]

    return removed


def answering(body: bytes = b"", headers: Mapping[str, str] | None = None) -> Callable[[pytest.MonkeyPatch, Any], None]:
    def told(patch: pytest.MonkeyPatch, settings: Any) -> None:
        patch.setattr(http, "look", lambda url: Answer(200, body, headers or {}))

    return told


def speak_http(patch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.PUBLIC_URL = "http://testserver"


def keep_the_key(patch: pytest.MonkeyPatch, settings: Any) -> None:
    since = {"key": "k1", "since": (timezone.now() - timedelta(days=367)).isoformat()}
    record("sealing_key", Finding("", "", is_met=True, remembered=since), now=timezone.now())


def leave_values_under_the_former_key(patch: pytest.MonkeyPatch, settings: Any) -> None:
    since = {"key": "k1", "since": (timezone.now() - timedelta(days=31)).isoformat()}
    record("sealing_key", Finding("", "", is_met=True, remembered=since), now=timezone.now())
    OutgoingMail.objects.create(sealed="v1.k0.x.y", due_at=timezone.now())


def let_the_certificate_end(patch: pytest.MonkeyPatch, settings: Any) -> None:
    HostingStatement.objects.update(valid_until=timezone.now().date() - timedelta(days=1))


def lose_an_agreement(patch: pytest.MonkeyPatch, settings: Any) -> None:
    SubProcessor.objects.update(agreement_on=None)


def withdraw_an_approval(patch: pytest.MonkeyPatch, settings: Any) -> None:
    DpaTemplate.objects.filter(law="GB").update(approved_by=" ")


def ask_somebody_new(patch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.PROVIDER_ECB_API_URL = "https://rates.example"


def showing(key: str, *protocols: str, faults: tuple[str, ...] = ()) -> Callable[[pytest.MonkeyPatch, Any], None]:
    def shown(patch: pytest.MonkeyPatch, settings: Any) -> None:
        seen = front.Measured("testserver", timezone.now(), protocols, key, faults=faults)
        patch.setattr(front, "measured", lambda place, *, now: seen)

    return shown


def review_long_ago(patch: pytest.MonkeyPatch, settings: Any) -> None:
    reviews.FILE.write_text(REVIEW.format("2020-01-01"))


def audit_never(patch: pytest.MonkeyPatch, settings: Any) -> None:
    reviews.FILE.write_text(REVIEW.format(timezone.now().date()).replace("yes", "no"))


BREAKS: dict[str, list[Callable[[pytest.MonkeyPatch, Any], None]]] = {
    "passwords": [weaken, store_as_typed],
    "choice": [allow_any_password],
    "second_factor": [skip_second_factor, without("django_otp.middleware.OTPMiddleware")],
    "trial": [ask_for_a_card],
    "basics": [add_column],
    "staff": [let_staff_stay],
    "staff_accesses": [look_without_permission],
    "purges": [stop("compliance.tasks.sweep"), lose_a_source],
    "unlink_delay": [wait_long],
    "forgotten": [stop("compliance.tasks.forget_all"), keep_jobs],
    "places": [forget_to_declare],
    "imports": [stop("datasources.tasks.sweep_streams")],
    "figures": [stop("analytics.tasks.sweep")],
    "fields": [read_without_reason],
    "rights": [ask_for_unexplained],
    "headers": [
        without("csp.middleware.CSPMiddleware"),
        answering(headers=site.EXPECTED | {"Content-Security-Policy": CLOSED, "X-Content-Type-Options": ""}),
        answering(headers=site.EXPECTED | {"Content-Security-Policy": f"{CLOSED} 'unsafe-inline'"}),
    ],
    "strict": [speak_http, answering(headers={"Strict-Transport-Security": "max-age=60"})],
    "trackers": [
        answering(b'<script async src="https://pixel.example/p.js">'),
        answering(b'<img src="//pixel.example/1">'),
    ],
    "doors": [answering(b"<h1>Your customers</h1>"), without("accounts.entry.SignInRequired")],
    "sealing_key": [keep_the_key, leave_values_under_the_former_key],
    "reviews": [review_long_ago],
    "hosting": [let_the_certificate_end],
    "sub_processors": [lose_an_agreement, ask_somebody_new],
    "agreement": [withdraw_an_approval],
    "tls": [
        showing("RSA 1024"),
        showing("RSA 2048", "TLS 1.1", "TLS 1.2"),
        showing("DSA 2048"),
        showing("RSA 2048"),
        showing("EC 256", "TLS 1.3", faults=("Its name is another’s.",)),
        speak_http,
    ],
    "dependencies": [audit_never, review_long_ago],
}
BY_THE_DATABASE = {"tenants", "audit_log"}
CASES = [(name, number) for name, breaks in BREAKS.items() for number in range(len(breaks))]


@pytest.mark.parametrize(("name", "number"), CASES, ids=[f"{name}-{number}" for name, number in CASES])
def test_a_broken_mechanism_reads_not_met(
    name: str, number: int, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    assert state(name) == State.MET

    BREAKS[name][number](monkeypatch, settings)

    assert state(name) == State.NOT_MET


def test_everything_that_is_measured_here_is_broken_somewhere() -> None:
    assert {*BREAKS, *BY_THE_DATABASE} == set(OWN)


@pytest.mark.parametrize(
    ("spoil", "mend"),
    [
        ("DROP POLICY tenant ON analytics_goal", None),
        (
            "ALTER TABLE analytics_goal NO FORCE ROW LEVEL SECURITY",
            "ALTER TABLE analytics_goal FORCE ROW LEVEL SECURITY",
        ),
    ],
)
def test_a_table_outside_the_wall_is_seen(spoil: str, mend: str | None) -> None:
    assert state("tenants") == State.MET
    as_superuser(spoil)
    try:
        assert state("tenants") == State.NOT_MET
    finally:
        as_superuser(mend or protect("analytics_goal")[2])
    assert state("tenants") == State.MET


@pytest.mark.django_db(transaction=True)
def test_a_rewritten_log_is_seen() -> None:
    account = Account.objects.get()
    for _ in range(2):
        audit.record(audit.Verb.EXPORTED, account_id=account.pk)
    assert state("audit_log") == State.MET

    as_superuser("UPDATE accounts_auditevent SET verb = 'refused' WHERE seq = 1", without_triggers=True)

    assert state("audit_log") == State.NOT_MET


def test_another_key_begins_anew(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    keep_the_key(monkeypatch, settings)
    settings.PUTLER_KEYS = f"k2:{base64.b64encode(b'2' * 32).decode()},{settings.PUTLER_KEYS}"

    assert state("sealing_key") == State.MET


def test_what_was_not_measured_lately_is_unknown() -> None:
    now = timezone.now()
    for name, measure in MEASURES.items():
        assert read(measure, None, now=now).state == State.UNKNOWN
        record(name, Finding("fine", "the test", is_met=True), now=now)
        row = Evidence.objects.get(name=name)

        assert read(measure, row, now=now + measure.longest).state == State.MET, name
        assert read(measure, row, now=now + measure.longest + timedelta(minutes=1)).state == State.UNKNOWN, name
        assert read(measure, row, now=now - timedelta(days=1)).state == State.UNKNOWN, name


def test_a_promise_is_worth_its_worst_evidence() -> None:
    assert worst([State.MET, State.MET]) == State.MET
    assert worst([State.MET, State.UNKNOWN]) == State.UNKNOWN
    assert worst([State.UNKNOWN, State.NOT_MET, State.MET]) == State.NOT_MET
    assert worst([]) == State.UNKNOWN


def test_the_page_says_what_is_written_down_and_asks_nothing_else(
    client: Client, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        page = client.get("/security/").content.decode()
    assert (page.count('<p class="state">'), page.count("Unknown</p>")) == (len(PROMISES), len(PROMISES))

    for name in MEASURES:
        record(name, Finding("fine", "the test", is_met=name != "trial"), now=timezone.now())
    page = client.get("/security/").content.decode()

    assert re.findall(r'promise unmet" id="(\w+)"', page) == ["trial"]
    assert page.count("Met</p>") == len(PROMISES) - 1
    assert all(one.state == State.MET for one in standing(PROMISES, now=timezone.now()) if one.promise.slug != "trial")


def test_the_job_rings_for_what_is_due_and_each_is_measured_by_itself() -> None:
    tasks.measure_all()
    assert sorted(job.task["args"][0] for job in OrmQ.objects.all()) == OWN
    for name in OWN:
        tasks.measure(name)

    assert registry.due(now=timezone.now()) == []
    assert "purges" in registry.due(now=timezone.now() + timedelta(hours=1))
    assert "audit_log" not in registry.due(now=timezone.now() + timedelta(hours=1))
    assert {row.is_met for row in Evidence.objects.all()} == {True}


def test_a_job_that_is_gone_or_switched_off_does_not_run() -> None:
    now = timezone.now()
    assert has_run("compliance.tasks.sweep", now=now)
    Schedule.objects.filter(name="compliance.tasks.sweep").update(repeats=0)

    assert not has_run("compliance.tasks.sweep", now=now)
    assert not has_run("no.such.task", now=now)
