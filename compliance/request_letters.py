"""The mails about erasure and export. None of them holds data: they lead to pages, or say what was done."""

from django.conf import settings

from accounts.letters import Letter, if_not_you, link
from compliance.models import ErasureRequest


def erased(request: ErasureRequest) -> Letter:
    """The end of an erasure, with the way to its certificate, which names nobody."""
    return Letter(
        subject="Erased, as you asked",
        opening=f"{request.get_kind_display()}: what you asked to have erased is gone from Putler’s live database. The "
        "certificate says what lay where before and after, and when the last backup lapses.",
        action="See the certificate",
        url=link("certificate", public_id=str(request.public_id)),
        closing="Keep this link: the page needs no signing in, and it holds nothing of what was erased.",
    )


def closing(request: ErasureRequest) -> Letter:
    """To the owners: their account is to be deleted."""
    day = f"{request.due_at:%-d %B %Y, %H:%M} UTC" if request.due_at else ""
    return Letter(
        subject="Your account at Putler is being closed",
        opening="An owner of your account closed it. Its sources are unlinked and no page shows their figures. "
        f"Everything is deleted for good on {day}.",
        action="See it, or take it back",
        url=link("privacy_settings"),
        closing=if_not_you(),
    )


def asked_by_mail(request: ErasureRequest) -> Letter:
    """To the address on file: whoever wrote to us proves on the site that they may ask."""
    return Letter(
        subject="You wrote to Putler about your data",
        opening="A mail to us asked for data to be erased, and this address is the one on file. Nothing happens until "
        "you sign in, confirm that it is you, and say so there.",
        action="Go on",
        url=link("asked_by_mail", public_id=str(request.public_id)),
        closing="If you did not write to us, you need not do anything.",
    )


def export_by_mail() -> Letter:
    """To the address on file: how to take data along."""
    return Letter(
        subject="You wrote to Putler about your data",
        opening="A mail to us asked for a copy of your data, and this address is the one on file. You get it on the "
        "site, once you have signed in and confirmed that it is you.",
        action="Go on",
        url=link("privacy_settings"),
        closing="If you did not write to us, you need not do anything.",
    )


def somebody_asked() -> Letter:
    """To the address on file: another one wrote to us about it."""
    return Letter(
        subject="Somebody asked Putler about your data",
        opening="A mail that did not come from this address asked for your data, or for having them erased. Its sender "
        "was told nothing and got nothing, and nothing was changed.",
        action="See your security settings",
        url=link("security"),
        closing="If it was you, write to us from this address, or do it yourself in your settings.",
    )


def will_be_erased(request: ErasureRequest) -> Letter:
    """To the address on file, before the 72 hours pass: the way to stop it."""
    return Letter(
        subject="Your data at Putler will be erased in 72 hours",
        opening="Somebody who says that this address is theirs and can no longer be read asked us to erase what is "
        f"kept under it: {request.get_kind_display().lower()}. Unless you stop it, that is done in 72 hours.",
        action="Stop it",
        url=link("stop_erasure", public_id=str(request.public_id)),
        closing="If it was you, you need not do anything.",
    )


def cannot_be_erased(why: str) -> Letter:
    """To somebody whose erasure came upon an account that it would leave without an owner."""
    return Letter(
        subject="Your data at Putler could not be erased",
        opening=f"Nothing was erased: an account needs an owner, and you are its last. {why}",
        action="Go to your settings",
        url=link("privacy_settings"),
        closing=f"If you need help, ask {settings.SUPPORT_EMAIL}.",
    )


def export_ready() -> Letter:
    """The file is there."""
    return Letter(
        subject="Your data from Putler are ready",
        opening="The file that you asked for is made. Sign in to download it: it is there for 72 hours and three "
        "downloads, and for nobody but you.",
        action="Download it",
        url=link("privacy_settings"),
        closing=if_not_you(),
    )


def export_failed() -> Letter:
    """The file could not be made."""
    return Letter(
        subject="Your data from Putler could not be written",
        opening="The file that you asked for could not be made; nothing of it was kept. Please ask for it again.",
        action="Ask again",
        url=link("privacy_settings"),
        closing=f"If that does not help, ask {settings.SUPPORT_EMAIL}.",
    )
