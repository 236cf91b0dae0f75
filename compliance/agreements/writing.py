"""An agreement as a document: the clauses of a version, its annexes, and the page that says how it was signed."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from django.conf import settings

from analytics.templatetags.countries import country_name
from compliance.agreements import measures, transfers
from compliance.documents import Document, Facts, Heading, Paragraph, Part, Table
from compliance.models import Capacity, DpaRequest, DpaTemplate, SubProcessor

DRAFT: Final = "DRAFT: not approved by a lawyer, not to be signed"
INTENT: Final = (
    "I have read this agreement, I may sign it for the company that it names, and by typing my name and sending this "
    "form I sign it."
)
KIND_OF_SIGNATURE: Final = (
    "Both signatures are simple electronic signatures (Article 3(10) of Regulation (EU) No 910/2014): a typed name "
    "with "
    "the intention to sign, and the circumstances below. They are neither advanced nor qualified ones."
)
NOT_STATED: Final = "Not stated"
BLANK: Final = "…"
PARTS: Final[dict[str, type[Part]]] = {kind.__name__: kind for kind in (Heading, Paragraph, Facts, Table)}


@dataclass(frozen=True)
class Customer:
    """The party that signs with us; a draft for reading leaves it blank."""

    facts: tuple[tuple[str, str], ...] = (("Company", BLANK),)
    country: str = ""
    capacity: str = Capacity.CONTROLLER.value
    reference: str = "for reading"

    @classmethod
    def of(cls, asked: DpaRequest) -> "Customer":
        """As the form says."""
        facts = (
            ("Company", asked.company),
            ("Address", asked.address),
            ("Country", country_name(asked.country)),
            ("Register number", asked.register_number or NOT_STATED),
            ("Signs for it", f"{asked.signatory}, {asked.title}"),
            ("Contact", asked.mail),
        )
        return cls(facts, asked.country, asked.capacity, str(asked.public_id))


def agreement(template: DpaTemplate, customer: Customer, *, on: datetime) -> Document:
    """The agreement in this version with everything that belongs to it as of a moment."""
    parts: list[Part] = [
        Paragraph("between the customer"),
        Facts(customer.facts),
        Paragraph("and the processor"),
        Facts(operator()),
    ]
    for number, clause in enumerate(template.body["clauses"], start=1):
        parts.append(Heading(f"{number}. {clause['heading']}"))
        parts += [Paragraph(text) for text in clause["paragraphs"]]
    parts += [*_processing(customer), *measures.annex(), *_sub_processors(on)]
    parts += transfers.annexes(
        country=customer.country, capacity=customer.capacity, operator=settings.OPERATOR["country"]
    )
    foot = f"{template.body['title']} · version {template.version}-{template.law} · {customer.reference}"
    return Document(template.body["title"], tuple(parts), foot=foot, mark=DRAFT if template.is_draft else "")


def with_evidence(document: Document, asked: DpaRequest, *, digest: str, events: list[str]) -> Document:
    """The same, followed by the page about its signatures. `digest`: of the file that was signed."""
    signed, countersigned = asked.evidence["signed"], asked.evidence["countersigned"]
    version = f"{asked.template.version}-{asked.template.law}" if asked.template else ""
    parts: list[Part] = [
        Heading("Evidence of the signatures", is_on_new_page=True),
        Paragraph(KIND_OF_SIGNATURE),
        Heading("For the customer", level=2),
        Facts((*_hand(signed), ("Mailbox verified", f"{asked.mail}, {asked.evidence['confirmed_at']}"))),
        Heading("For the processor", level=2),
        Facts((*_hand(countersigned), ("Second factor", "shown within the ten minutes before"))),
        Heading("What was signed", level=2),
        Facts((
            ("SHA-256 of the file that was shown", digest),
            ("Version of the text", version),
            ("Agreement", str(asked.public_id)),
            ("Events in the audit log", ", ".join(events)),
        )),
    ]  # fmt: skip
    return Document(document.title, (*document.parts, *parts), foot=document.foot, mark=document.mark)


def operator() -> tuple[tuple[str, str], ...]:
    """Who runs this site, as a party."""
    own = settings.OPERATOR
    return (
        ("Company", own["name"] or NOT_STATED),
        ("Address", own["address"] or NOT_STATED),
        ("Country", country_name(own["country"]) if own["country"] else NOT_STATED),
        ("Register number", own["register"] or NOT_STATED),
        ("Contact", settings.SUPPORT_EMAIL),
    )


def kept(document: Document) -> dict[str, Any]:
    """The document as plain values, from which `restored` makes the same."""
    parts = [{"part": type(part).__name__} | asdict(part) for part in document.parts]
    return {"title": document.title, "foot": document.foot, "mark": document.mark, "parts": parts}


def restored(values: dict[str, Any]) -> Document:
    """What `kept` was given."""
    parts: tuple[Any, ...] = tuple(
        PARTS[part["part"]](**{name: _fixed(value) for name, value in part.items() if name != "part"})
        for part in values["parts"]
    )
    return Document(values["title"], parts, foot=values["foot"], mark=values["mark"])


def _fixed(value: Any) -> Any:
    return tuple(_fixed(each) for each in value) if isinstance(value, list | tuple) else value


def _hand(hand: dict[str, str]) -> tuple[tuple[str, str], ...]:
    return (
        ("Name as typed", hand["name"]),
        ("What was agreed to", INTENT),
        ("When", hand["at"]),
        ("Network address", hand["ip"]),
        ("Browser", hand["browser"]),
    )


def _processing(customer: Customer) -> list[Part]:
    whose = Capacity(customer.capacity).label
    return [
        Heading("Annex I: Parties and processing", is_on_new_page=True),
        Paragraph("The customer is the exporter of the data and the processor the importer, where they cross borders."),
        Heading("Customer", level=2),
        Facts((*customer.facts, ("The data are", whose))),
        Heading("Processor", level=2),
        Facts((*operator(), ("Told of security faults", settings.SECURITY_EMAIL))),
        Heading("Processing", level=2),
        Facts((
            ("Rhythm", "As long as sources are connected, continuously"),
            ("Kept", "Until the source is unlinked and its delay has passed, or the account is closed"),
            ("Subject matter, nature, purpose, data, people", "Clauses 1 and 3 to 6"),
        )),
    ]  # fmt: skip


def _sub_processors(on: datetime) -> list[Part]:
    rows = tuple(
        (one.name, one.purpose, one.data_types, country_name(one.country), one.transfer_basis)
        for one in SubProcessor.objects.on(on.date())
    )
    head = ("Name", "Purpose", "Data", "Country", "Ground of transfer")
    return [
        Heading("Annex III: Sub-processors", is_on_new_page=True),
        Paragraph(f"As of {on:%-d %B %Y}. The register on the processor’s site shows those of any later day."),
        Table(head, rows) if rows else Paragraph("None."),
    ]
