"""Sealed values open in exactly the place they were made for, and nowhere else."""

from base64 import b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from putler.kernel.encryption import Keyring, SealError

K1, K2 = (f"{name}:{b64encode(bytes([number]) * 32).decode()}" for name, number in (("k1", 1), ("k2", 2)))
RING = Keyring.parse(K1)
PLACE: dict[str, Any] = {"purpose": "token", "account_id": 7, "row": "e8a1"}
SECRET = "sk_live_ünîcode"


@pytest.mark.rule("C7")
def test_a_sealed_value_opens_in_its_place() -> None:
    assert RING.unseal(RING.seal(SECRET, **PLACE), **PLACE) == SECRET


@pytest.mark.rule("C7")
def test_a_sealed_value_shows_its_key_and_not_its_content() -> None:
    sealed = RING.seal(SECRET, **PLACE)

    assert sealed.startswith("v1.k1.")
    assert SECRET not in sealed


@pytest.mark.rule("C7")
def test_the_same_secret_never_looks_the_same() -> None:
    assert len({RING.seal(SECRET, **PLACE) for _ in range(100)}) == 100


@pytest.mark.rule("C7")
@pytest.mark.parametrize("change", [{"purpose": "totp"}, {"account_id": 8}, {"row": "e8a2"}])
def test_moved_to_another_place_it_does_not_open(change: dict[str, Any]) -> None:
    sealed = RING.seal(SECRET, **PLACE)

    with pytest.raises(SealError):
        RING.unseal(sealed, **PLACE | change)


@pytest.mark.rule("C7")
def test_two_places_are_never_written_alike() -> None:
    with pytest.raises(SealError):
        RING.unseal(RING.seal(SECRET, purpose="a", account_id=1, row="2|r"), purpose="a|1", account_id=2, row="r")


@pytest.mark.rule("C7")
def test_under_another_key_id_it_does_not_open() -> None:
    both_names = Keyring(keys={"k1": RING.keys["k1"], "k9": RING.keys["k1"]})
    sealed = RING.seal(SECRET, **PLACE)

    with pytest.raises(SealError):
        both_names.unseal(sealed.replace(".k1.", ".k9."), **PLACE)


@pytest.mark.rule("C7")
@given(secret=st.text(), position=st.integers(min_value=0), bit=st.integers(0, 7))
def test_one_changed_bit_does_not_open(secret: str, position: int, bit: int) -> None:
    sealed = bytearray(RING.seal(secret, **PLACE).encode())
    place = position % len(sealed)
    sealed[place] ^= 1 << bit

    with pytest.raises(SealError):
        RING.unseal(sealed.decode("latin-1"), **PLACE)


@pytest.mark.rule("C7")
@given(st.text() | st.from_regex(r"v1\.k1\.[A-Za-z0-9_=-]*\.[A-Za-z0-9_=-]*", fullmatch=True))
def test_what_was_never_sealed_does_not_open(text: str) -> None:
    with pytest.raises(SealError):
        RING.unseal(text, **PLACE)


@pytest.mark.rule("C7")
@pytest.mark.parametrize("addition", ["!", "=", " ", "\n"])
def test_with_an_addition_that_says_nothing_it_does_not_open(addition: str) -> None:
    with pytest.raises(SealError):
        RING.unseal(RING.seal(SECRET, **PLACE) + addition, **PLACE)


@pytest.mark.rule("C7")
@pytest.mark.parametrize("cut", [1, 4, 24])
def test_a_piece_of_a_sealed_value_does_not_open(cut: int) -> None:
    with pytest.raises(SealError):
        RING.unseal(RING.seal(SECRET, **PLACE)[:-cut], **PLACE)


@pytest.mark.rule("C7")
def test_a_new_key_seals_and_the_old_one_still_opens() -> None:
    old, rotated = RING.seal(SECRET, **PLACE), Keyring.parse(f"{K2},{K1}")

    assert rotated.seal(SECRET, **PLACE).startswith("v1.k2.")
    assert rotated.unseal(old, **PLACE) == SECRET


@pytest.mark.rule("C7")
def test_a_key_that_was_dropped_opens_nothing() -> None:
    sealed = RING.seal(SECRET, **PLACE)

    with pytest.raises(SealError):
        Keyring.parse(K2).unseal(sealed, **PLACE)


@pytest.mark.rule("C7")
@pytest.mark.parametrize(
    "text",
    [
        "",
        "k1",
        K1 + ",",
        f"{K1},{K1}",  # two keys of one name: one of them would be lost
        "k1:not base64!",
        "k1:" + b64encode(b"too short").decode(),
        K1.replace("k1:", "k.1:"),
        K1.replace("k1:", ":"),
    ],
)
def test_a_malformed_keyring_is_refused(text: str) -> None:
    with pytest.raises(SealError):
        Keyring.parse(text)


def test_no_error_repeats_a_key() -> None:
    with pytest.raises(SealError) as raised:
        Keyring.parse("k1:c2VjcmV0IG1hdGVyaWFs")

    assert "c2VjcmV0" not in str(raised.value)


def test_a_keyring_in_a_traceback_shows_no_key() -> None:
    assert "\\x01" not in repr(RING)
