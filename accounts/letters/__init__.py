"""The mails that accounts send: one layout in plain text and in HTML, every link from PUBLIC_URL.

No word of a letter comes from who caused it: strangers cannot speak to others through it. Two exceptions: an invitation
names the address of who invites, which was shown to be theirs; letters to members name their account and each other.
"""

from accounts.letters.entrance import (
    address_changed,
    address_taken,
    code,
    confirm_address,
    known_already,
    locked_out,
    password_changed,
    reset,
    unknown,
)
from accounts.letters.factors import (
    codes_were_tried,
    new_recovery_codes,
    recovery_code_used,
    second_factor_demanded,
    second_factor_off,
    second_factor_on,
    second_factor_reset,
)
from accounts.letters.layout import NOBODY, Letter, if_not_you, link, send
from accounts.letters.seals import audit_seal
from accounts.letters.team import CAN, invitation, member_changed, member_gone, member_joined, removed, role_changed
from accounts.letters.trials import account_ends, trial_ended, trial_ends, trial_extended

__all__ = [
    "CAN",
    "Letter",
    "NOBODY",
    "account_ends",
    "address_changed",
    "address_taken",
    "audit_seal",
    "code",
    "codes_were_tried",
    "confirm_address",
    "if_not_you",
    "invitation",
    "known_already",
    "link",
    "locked_out",
    "member_changed",
    "member_gone",
    "member_joined",
    "new_recovery_codes",
    "password_changed",
    "recovery_code_used",
    "removed",
    "reset",
    "role_changed",
    "second_factor_demanded",
    "second_factor_off",
    "second_factor_on",
    "second_factor_reset",
    "send",
    "trial_ended",
    "trial_ends",
    "trial_extended",
    "unknown",
]
