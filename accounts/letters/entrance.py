"""Letters about what one signs in with: addresses and passwords."""

from django.conf import settings

from accounts.letters.layout import Letter, if_not_you, link


def code(digits: str) -> Letter:
    """The code that shows that an address is its reader's."""
    half = len(digits) // 2
    return Letter(
        subject="Your code for Putler",
        opening="Welcome to Putler. Type this code on the page where you signed up:",
        code=f"{digits[:half]} {digits[half:]}",
        closing="It is valid for 24 hours, until you ask for another. If you did not sign up, you need not do "
        "anything: without this code nothing comes of it.",
    )


def known_already() -> Letter:
    """Instead of a code, to somebody who has a user."""
    return Letter(
        subject="You are known to Putler already",
        opening="Somebody, probably you, just signed up with this address. You can sign in with it already, so "
        "nothing was changed.",
        action="Sign in",
        url=link("account_login"),
        closing=f"If you forgot your password, choose a new one: {link('account_reset_password')}",
    )


def reset(*, public_id: str, token: str) -> Letter:
    """The link by which a new password is chosen."""
    return Letter(
        subject="Choose a new password for Putler",
        opening="Somebody, probably you, asked for a new password for this address.",
        action="Choose a new password",
        url=link("account_reset_password_from_key", uidb36=public_id, key=token),
        closing="The link works once, within an hour. If you did not ask for it, you need not do anything: your "
        "password stays as it is.",
    )


def unknown() -> Letter:
    """Instead of a link, to an address that nobody signs in with."""
    return Letter(
        subject="Nobody signs in to Putler with this address",
        opening="Somebody, probably you, asked for a new password for this address, but no one signs in with it. "
        "Perhaps you used another address?",
        action="Create an account",
        url=link("account_signup"),
        closing="If you did not ask for this, you need not do anything.",
    )


def password_changed() -> Letter:
    """After the fact, to the owner of the password."""
    return Letter(
        subject="Your password for Putler was changed",
        opening="The password for this address was just changed, and every other browser was signed out.",
        action="Sign in",
        url=link("account_login"),
        closing=if_not_you(),
    )


def locked_out() -> Letter:
    """To somebody whose password is being guessed."""
    return Letter(
        subject="Wrong passwords were tried for Putler",
        opening="Somebody typed wrong passwords for this address so often that nobody can sign in with it for up to "
        "five minutes. Browsers that are signed in are not affected.",
        action="Choose a new password",
        url=link("account_reset_password"),
        closing="If it was you, wait a little and try again. If it was not, you need not do anything: the password was "
        f"not found out. A second factor keeps you safe even if it is: {link('security')}",
    )


def confirm_address(*, token: str) -> Letter:
    """The link that shows that a new address is its reader's."""
    return Letter(
        subject="Confirm your new address for Putler",
        opening="Somebody, probably you, wants to sign in to Putler with this address from now on.",
        action="Use this address",
        url=link("confirm_email", key=token),
        closing="The link works once, within 24 hours, in a browser that is signed in. If you did not ask for it, you "
        "need not do anything.",
    )


def address_taken() -> Letter:
    """Instead of a link, to somebody who has a user with this address."""
    return Letter(
        subject="This address is used for Putler already",
        opening="Somebody who is signed in to Putler with another address asked to use this one. You sign in with it "
        "already, so nothing was changed.",
        action="Sign in",
        url=link("account_login"),
        closing="If that was you, sign in with this address, or change it there first. If not, you need not do "
        "anything.",
    )


def address_changed() -> Letter:
    """After the fact, to the address before."""
    return Letter(
        subject="Your address for Putler was changed",
        opening="You sign in to Putler with another address from now on; this one no longer works. Every other browser "
        "was signed out.",
        closing=f"If that was not you, tell the people who run {settings.PUBLIC_URL} at once.",
    )
