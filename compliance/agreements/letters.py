"""Letters about agreements. They name nobody and repeat nothing that was typed: their links lead to all that."""

from accounts.letters import Letter, link
from compliance.models import DpaRequest
from compliance.models.agreements import DAYS_TO_SIGN

SUBJECT = "Your data processing agreement with Putler"


def check_mailbox(key: str) -> Letter:
    """To the address that the form names, whoever filled it in."""
    return Letter(
        subject=SUBJECT,
        opening="Somebody, probably you, asked for a data processing agreement with Putler and gave this address for "
        "it. "
        "Confirm that it is yours; then we look at the request.",
        action="Confirm the address",
        url=link("agreement_key", key=key),
        closing=f"The link is good for {DAYS_TO_SIGN} days. If you did not ask for this, do nothing.",
    )


def ready_to_sign(key: str) -> Letter:
    """To who signs."""
    return Letter(
        subject=SUBJECT,
        opening="The agreement is ready. Read it as a PDF and sign it on the page behind this button.",
        action="Read and sign",
        url=link("agreement_key", key=key),
        closing=f"The link is good for {DAYS_TO_SIGN} days and for one signature.",
    )


def signed_by_both(key: str, *, digest: str) -> Letter:
    """To who signed, with the digest by which the file is known again."""
    return Letter(
        subject=SUBJECT,
        opening="Both parties have signed. The page behind this button gives you the agreement with both signatures, "
        "as a "
        "PDF. The SHA-256 digest of the file is:",
        code=digest,
        action="Download the agreement",
        url=link("agreement_key", key=key),
        closing=f"The link is good for {DAYS_TO_SIGN} days. Keep the file and this mail.",
    )


def declined() -> Letter:
    """To who asked."""
    return Letter(
        subject=SUBJECT,
        opening="We cannot offer you the agreement as it was asked for.",
        closing="Answer to our support, named on the page of the agreement, and we find out what is missing.",
        action="See the page",
        url=link("dpa"),
    )


def waits_for_us(asked: DpaRequest) -> Letter:
    """To our own address: there is something to do on the staff's site."""
    return Letter(
        subject="An agreement waits for you",
        opening=f"A data processing agreement {asked.get_state_display().lower()}.",
        action="Look at it",
        url=link("admin:compliance_dparequest_review", public_id=str(asked.public_id)),
        closing="You need a second factor and fresh proof.",
    )


def complete_for_us(asked: DpaRequest, *, digest: str) -> Letter:
    """To our own address: our copy."""
    return Letter(
        subject="An agreement is signed by both",
        opening="Our copy lies on the staff’s site. The SHA-256 digest of the file is:",
        code=digest,
        action="Look at it",
        url=link("admin:compliance_dparequest_review", public_id=str(asked.public_id)),
        closing="Keep this mail.",
    )
