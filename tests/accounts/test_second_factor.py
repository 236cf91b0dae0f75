"""Signing in with a second factor: what takes a code, which codes are taken, and how often."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone
from django_otp import verify_token

from accounts import devices, second_factor
from accounts.devices import AuthenticatorApp, RecoveryCode, RecoveryCodes
from putler.kernel.encryption import SealError
from tests.accounts.conftest import mails
from tests.accounts.factor import PASSWORD, WRONG, Person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]


@pytest.fixture
def alice(db: None) -> Person:
    """Give somebody with a second factor, whose password was just typed."""
    cache.clear()
    alice = Person("alice")
    alice.has_app()
    alice.signs_in()
    return alice


@pytest.mark.rule("F1")
def test_a_right_password_leads_to_the_second_step_and_no_further(alice: Person) -> None:
    assert alice.signs_in(client=(client := Client())) == (302, "/2fa/")
    assert not alice.is_in(client)
    assert client.get("/").headers["Location"] == "/login/?next=/"


@pytest.mark.rule("F1")
def test_a_code_completes_the_sign_in(alice: Person) -> None:
    assert alice.types(alice.phone.shows()) == (302, "/")
    assert alice.is_in()


@pytest.mark.rule("F1")
def test_without_a_second_factor_there_is_no_second_step(db: None) -> None:
    assert Person("bob").signs_in() == (302, "/")


@pytest.mark.rule("F1")
def test_a_forgotten_password_does_not_lead_past_the_second_step(alice: Person) -> None:
    client = Client()
    client.post("/password/reset/", {"email": alice.user.email})
    link = next(word for word in str(mails()[-1].body).split() if "/password/reset/key/" in word)
    form = client.get(link.removeprefix("http://127.0.0.1:8000"))["Location"]
    client.post(form, {"password1": "eight purple kettles"})

    assert not alice.is_in(client)
    assert alice.signs_in("eight purple kettles", client=client) == (302, "/2fa/")
    assert second_factor.device_for(alice.user, WRONG) is not None


@pytest.mark.rule("F2")
def test_a_code_is_good_once(alice: Person) -> None:
    code = alice.phone.shows()
    alice.types(code)
    alice.signs_in(client=(client := Client()))

    assert alice.types(code, client)[0] == 400
    assert not alice.is_in(client)


@pytest.mark.rule("F2")
def test_no_code_before_the_newest_that_was_used_is_good(alice: Person) -> None:
    alice.types(alice.phone.shows(later=1))
    alice.signs_in(client=(client := Client()))

    assert alice.types(alice.phone.shows(), client)[0] == 400


@pytest.mark.rule("F2")
@pytest.mark.parametrize(("later", "status"), [(-2, 400), (-1, 302), (0, 302), (1, 302), (2, 400)])
def test_a_clock_may_be_off_by_one_step(alice: Person, later: int, status: int) -> None:
    now = timezone.now()
    if status == 302 or now.timestamp() % devices.STEP < devices.STEP - 2:  # a step may end between
        assert alice.types(alice.phone.shows(later))[0] == status


@pytest.mark.rule("F2")
@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "-12345", "000000\x00", "1" * 100])
def test_other_words_are_refused(alice: Person, code: str) -> None:
    assert alice.types(code)[0] == 400
    assert not alice.is_in()


@pytest.mark.rule("F2")
def test_digits_may_be_grouped(alice: Person) -> None:
    code = alice.phone.shows()

    assert alice.types(f" {code[:3]} {code[3:]} ")[0] == 302


@pytest.mark.rule("F2")
def test_the_database_does_not_hold_the_secret(alice: Person) -> None:
    row = AuthenticatorApp.objects.get(user=alice.user)
    said = str(AuthenticatorApp.objects.values().get())

    assert row.key not in said
    assert alice.phone.secret.hex() not in said
    assert len(alice.phone.secret) == 20


@pytest.mark.rule("F2")
def test_a_sealed_secret_opens_for_its_own_user_alone(alice: Person) -> None:
    bob = Person("bob")
    AuthenticatorApp.objects.update(user=bob.user)

    with pytest.raises(SealError):
        _ = AuthenticatorApp.objects.get().key


@pytest.mark.rule("F3")
def test_a_recovery_code_lets_in_once_and_its_owner_is_told(alice: Person) -> None:
    code = second_factor.new_codes(alice.user)[0]
    assert alice.types(code.lower().replace("-", " "))[0] == 302
    assert (mails()[-1].subject, "9 of them are left" in str(mails()[-1].body)) == (
        "A recovery code was used for Putler",
        True,
    )

    alice.signs_in(client=(client := Client()))
    assert alice.types(code, client)[0] == 400


@pytest.mark.rule("F3")
def test_recovery_codes_are_long_and_kept_as_digests(alice: Person) -> None:
    codes = second_factor.new_codes(alice.user)
    kept = str(list(RecoveryCode.objects.values()))

    assert (len(set(codes)), {len(code.replace("-", "")) for code in codes}) == (10, {24})
    assert not [code for code in codes if code.replace("-", "") in kept]


@pytest.mark.rule("F3")
def test_new_recovery_codes_end_those_before(alice: Person) -> None:
    old = second_factor.new_codes(alice.user)[0]
    second_factor.new_codes(alice.user)

    assert alice.types(old)[0] == 400
    assert mails()[-1].subject == "You have new recovery codes for Putler"


@pytest.mark.rule("F3")
def test_the_codes_of_one_person_are_none_of_another(alice: Person) -> None:
    bob = Person("bob")
    theirs = bob.has_app()[0]

    assert [alice.types(code)[0] for code in (theirs, bob.phone.shows())] == [400, 400]


def at_once(person: Person, codes: list[str]) -> list[int]:
    """Have each code typed in a browser of its own, all at the same moment."""
    clients = [Client(REMOTE_ADDR=f"10.0.0.{number}") for number in range(len(codes))]
    for client in clients:
        person.signs_in(client=client)

    def types(pair: tuple[str, Client]) -> int:
        try:
            return person.types(*pair)[0]
        finally:
            connection.close()

    with ThreadPoolExecutor(len(codes)) as pool:
        return sorted(pool.map(types, zip(codes, clients, strict=True)))


@pytest.mark.django_db(transaction=True)
@pytest.mark.rule("F2")
@pytest.mark.rule("F3")
@pytest.mark.parametrize("kind", ["app", "recovery"])
def test_of_one_code_at_the_same_moment_one_is_taken(alice: Person, kind: str) -> None:
    code = alice.phone.shows() if kind == "app" else second_factor.new_codes(alice.user)[0]
    statuses = at_once(alice, [code] * 6)

    assert statuses[0] == 302
    assert set(statuses[1:]) <= {400, 429}


@pytest.mark.rule("F4")
def test_after_a_wrong_code_the_right_one_waits(alice: Person) -> None:
    assert alice.types(WRONG)[0] == 400

    status, page = alice.types(alice.phone.shows())

    assert (status, "Wait 1 second before the next" in page) == (400, True)


@pytest.mark.rule("F4")
@pytest.mark.parametrize(("failures", "minutes", "is_taken"), [(11, 14, False), (12, 14, False), (40, 16, True)])
def test_the_wait_never_exceeds_fifteen_minutes(alice: Person, failures: int, minutes: int, is_taken: bool) -> None:
    failed = {"throttling_failure_timestamp": timezone.now() - timedelta(minutes=minutes)}
    AuthenticatorApp.objects.update(throttling_failure_count=failures, **failed)
    device = AuthenticatorApp.objects.get()

    assert (device.waits_until() is None) == is_taken
    assert (verify_token(alice.user, device.persistent_id, alice.phone.shows()) is not None) == is_taken


@pytest.mark.rule("F4")
def test_failures_are_counted_in_the_database(alice: Person) -> None:
    alice.types(WRONG)

    assert AuthenticatorApp.objects.get().throttling_failure_count == 1


@pytest.mark.rule("F4")
def test_twenty_wrong_codes_from_five_clients_are_looked_at_ten_times(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []
    monkeypatch.setattr(second_factor, "verify_token", lambda user, device, code: looked.append(code))
    clients = [Client(REMOTE_ADDR=f"10.0.0.{number}") for number in range(20)]
    for client in clients:
        alice.signs_in(client=client)

    statuses = [alice.types(f"{number:06}", client)[0] for number, client in enumerate(clients)]

    assert (len(looked), statuses) == (10, [400] * 10 + [429] * 10)


@pytest.mark.rule("F4")
def test_recovery_codes_and_fresh_proof_share_the_count(alice: Person) -> None:
    alice.types(alice.phone.shows())
    for number in range(5):
        alice.client.post("/confirm/", {"password": PASSWORD, "code": WRONG})
        alice.signs_in(client=(client := Client()))
        alice.types(f"{number}" * 24, client)

    assert alice.types(WRONG, client)[0] == 429
    assert alice.client.post("/confirm/", {"password": PASSWORD, "code": WRONG}).status_code == 429


@pytest.mark.rule("F4")
def test_too_many_tries_drop_the_sign_in_and_its_owner_is_told_once(alice: Person) -> None:
    statuses = [alice.types(WRONG)[0] for _ in range(11)]

    assert statuses[-1] == 429
    assert alice.client.get("/2fa/")["Location"] == "/login/"
    assert [mail.subject for mail in mails()] == ["Wrong codes were tried for Putler"]


@pytest.mark.rule("F4")
def test_right_codes_use_up_no_tries(alice: Person) -> None:
    for _ in range(12):
        alice.forgets_the_step()
        alice.client.post("/logout/")
        alice.signs_in()
        assert alice.types(alice.phone.shows())[0] == 302


@pytest.mark.rule("F5")
def test_a_wrong_code_counts_for_the_device_that_was_meant(alice: Person) -> None:
    alice.types(WRONG)

    assert RecoveryCodes.objects.get().throttling_failure_count == 0


@pytest.mark.rule("F6")
def test_no_browser_is_remembered(alice: Person) -> None:
    alice.types(alice.phone.shows())
    alice.client.post("/logout/")

    assert alice.signs_in() == (302, "/2fa/")


def stash(person: Person, **changed: Any) -> None:
    """Alter the sign-in that waits in the person's session."""
    session = person.client.session
    session["account_login"] = session["account_login"] | changed
    session.save()


@pytest.mark.rule("F1")
@pytest.mark.parametrize(("age", "status"), [(890, 302), (901, 302)])
def test_a_sign_in_waits_for_fifteen_minutes(alice: Person, age: int, status: int) -> None:
    stash(alice, initiated_at=timezone.now().timestamp() - age)

    alice.types(alice.phone.shows())

    assert alice.is_in() == (age < 900)


@pytest.mark.rule("F1")
def test_a_replayed_step_leads_nowhere(alice: Person) -> None:
    waiting = alice.client.cookies["session"].value
    alice.types(alice.phone.shows())
    replaying = Client(headers={"cookie": f"session={waiting}"})

    assert replaying.get("/2fa/")["Location"] == "/login/"
    assert alice.types(alice.phone.shows(later=1), replaying) == (302, "/login/")
    assert alice.types(alice.phone.shows(later=1)) == (302, "/")


@pytest.mark.rule("F1")
def test_somebody_shut_out_meanwhile_stays_out(alice: Person) -> None:
    type(alice.user).objects.update(is_active=False)

    assert alice.types(alice.phone.shows()) == (302, "/login/")


@pytest.mark.rule("F1")
def test_a_new_password_ends_sign_ins_with_the_one_before(alice: Person) -> None:
    alice.user.set_password("eight purple kettles")
    alice.user.save()

    assert alice.types(alice.phone.shows()) == (302, "/login/")
    assert not alice.is_in()


@pytest.mark.rule("P9")
def test_the_password_and_the_code_each_give_the_session_another_key(db: None) -> None:
    cache.clear()
    bob = Person("bob")
    bob.has_app()
    bob.client.get("/settings/email/key/" + "x" * 43 + "/")  # which leaves a session
    keys = [bob.client.cookies["session"].value]
    bob.signs_in()
    keys.append(bob.client.cookies["session"].value)
    bob.types(bob.phone.shows())

    assert len({*keys, bob.client.cookies["session"].value}) == 3
    assert not [key for key in keys if bob.is_in(Client(headers={"cookie": f"session={key}"}))]


@pytest.mark.rule("X4")
@pytest.mark.parametrize("target", ["//evil.example/", "https://evil.example/", "/\\evil.example"])
def test_the_second_step_sends_nobody_to_another_site(alice: Person, target: str) -> None:
    alice.client.post("/logout/")
    alice.signs_in(next=target)

    answer = alice.client.post(f"/2fa/?next={target}", {"code": alice.phone.shows(), "next": target})

    assert answer["Location"] == "/"


def test_the_page_that_was_asked_for_comes_after_the_code(alice: Person) -> None:
    alice.client.post("/logout/")
    alice.signs_in(next="/files/")

    assert alice.types(alice.phone.shows()) == (302, "/files/")


def test_somebody_can_start_over(alice: Person) -> None:
    assert "alice@example.com" in alice.client.get("/2fa/").content.decode()
    alice.client.post("/logout/")

    assert alice.client.get("/login/").status_code == 200


@pytest.mark.rule("F3")
@pytest.mark.rule("C8")
def test_what_the_database_keeps_of_codes_is_no_code(alice: Person) -> None:
    kept = [RecoveryCode.objects.first(), AuthenticatorApp.objects.first()]

    for number, stolen in enumerate((kept[0].digest, kept[0].digest[:24], kept[1].sealed)):  # type: ignore[union-attr]
        alice.signs_in(client=(client := Client(REMOTE_ADDR=f"10.0.0.{number}")))
        assert alice.types(stolen, client)[0] == 400
