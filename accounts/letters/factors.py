"""Letters about second factors."""

from accounts.letters.layout import Letter, if_not_you, link


def second_factor_on() -> Letter:
    """After the fact: somebody added a second factor."""
    return Letter(
        subject="Two-factor authentication is on",
        opening="From now on, signing in to Putler with this address takes a code from your authenticator app besides "
        "the password. Every other browser was signed out.",
        action="See your security settings",
        url=link("security"),
        closing=if_not_you(),
    )


def second_factor_off() -> Letter:
    """After the fact: the second factor is gone."""
    return Letter(
        subject="Two-factor authentication is off",
        opening="From now on, the password alone signs in to Putler with this address. Every other browser was signed "
        "out.",
        action="Turn it on again",
        url=link("security"),
        closing=if_not_you(),
    )


def new_recovery_codes() -> Letter:
    """After the fact: the codes before are worth nothing."""
    return Letter(
        subject="You have new recovery codes for Putler",
        opening="A new sheet of recovery codes was just made for this address. The codes before no longer work.",
        action="See your security settings",
        url=link("security"),
        closing=if_not_you(),
    )


def recovery_code_used(*, left: int) -> Letter:
    """After the fact: how many codes are left."""
    return Letter(
        subject="A recovery code was used for Putler",
        opening=f"One of your recovery codes was just used in place of the authenticator app. {left} of them "
        f"{'is' if left == 1 else 'are'} left.",
        action="See your security settings",
        url=link("security"),
        closing=if_not_you(),
    )


def codes_were_tried() -> Letter:
    """To somebody whose password a stranger seems to know."""
    return Letter(
        subject="Wrong codes were tried for Putler",
        opening="Somebody typed wrong codes for this address so often that no further one is looked at for up to 15 "
        "minutes. Codes are asked for after the right password only.",
        action="Choose a new password",
        url=link("account_reset_password"),
        closing="If it was you, wait a little and try again. If it was not, somebody knows your password: choose a new "
        "one now.",
    )


def second_factor_reset() -> Letter:
    """After the fact, to a member of staff."""
    return Letter(
        subject="Your second factor for Putler was reset",
        opening="One colleague asked for it and two approved: your authenticator app and recovery codes no longer "
        "work, and every browser was signed out. You have to add an app before you can go on.",
        action="Sign in",
        url=link("account_login"),
        closing="If you did not ask for this, tell the others at once.",
    )


def second_factor_demanded(*, is_demanded: bool) -> Letter:
    """After the fact, to the owners of an account."""
    return Letter(
        subject=f"Two-factor authentication is {'demanded' if is_demanded else 'no longer demanded'}",
        opening="An owner of an account of yours changed what its members need: from now on, "
        + ("nobody gets in without two-factor authentication." if is_demanded else "the password alone is enough."),
        action="See your security settings",
        url=link("security"),
        closing=if_not_you(),
    )
