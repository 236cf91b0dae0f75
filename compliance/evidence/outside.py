"""What is not of our code: the data centre, who else handles data, and the agreement that is signed about it."""

from datetime import datetime

from compliance import hosting as stated
from compliance import subprocessors
from compliance.evidence.base import Finding
from compliance.models import DpaTemplate, Law, SubProcessor


def hosting(now: datetime) -> Finding:
    """Whether a certificate of the data centre is stated, and valid today."""
    statement = stated.statement(now.date())
    return Finding(statement.text[:200].capitalize(), "the certificate that staff entered", statement.is_stated)


def sub_processors(now: datetime) -> Finding:
    """That whoever is asked for something stands in the register, and signed an agreement of its own."""
    listed = SubProcessor.objects.on(now.date())
    getting = listed.exclude(data_types__istartswith="none")  # who is only asked for something needs no agreement
    without = getting.filter(agreement_on=None).count()
    unlisted = subprocessors.undeclared(now)
    said = f"{len(listed)} in the register; {len(getting) or 'none'} with data, under an agreement each"
    faults = [f"{without} without an agreement"] if without else []
    faults += [f"{len(unlisted)} hosts that are asked are not in the register"] if unlisted else []
    return Finding("; ".join(faults) or said, "the public register beside the hosts of the settings", not faults)


def agreement(now: datetime) -> Finding:
    """That there is a text which a lawyer approved, under every law that is offered."""
    texts = [DpaTemplate.objects.filter(law=law).order_by("-pk").first() for law in Law.values]
    drafts = [text for text in texts if text is None or text.is_draft]
    versions = ", ".join(sorted({text.version for text in texts if text}))
    said = "No lawyer approved the text yet: it is a draft" if drafts else f"Version {versions}, approved by a lawyer"
    return Finding(said, "the newest text under each law", not drafts)
