"""Which annexes about transfers an agreement needs, by where its two parties are."""

from typing import Final

from compliance.documents import Heading, Paragraph, Part

# The European Economic Area. Source: Agreement on the EEA, Annex XI.
EEA: Final = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK".split()
)
# Countries whose level of protection the European Commission found adequate without further condition.
# Source: decisions under Article 45 GDPR. Canada and the United States, in part only, are not among them.
ADEQUATE: Final = frozenset("AD AR CH FO GB GG IL IM JE JP KR NZ UY".split())
UNITED_KINGDOM: Final = "GB"
CLAUSES: Final = "the standard contractual clauses of Commission Implementing Decision (EU) 2021/914"
MODULES: Final = {
    "controller": "Module Two (controller to processor)",
    "processor": "Module Three (processor to processor)",
}


def annexes(*, country: str, capacity: str, operator: str) -> list[Part]:
    """Annexes IV and V, each attached where the data leave a country that demands it, else with the reason why not.

    `country`, `operator`: ISO codes of where the customer and the processor are; "" for one that is not stated, which
    counts as a third country. `capacity`: whether the customer is "controller" or "processor" of the data.
    """
    leaves_eea = country in EEA | {"CH"} and operator not in EEA | ADEQUATE
    leaves_uk = country == UNITED_KINGDOM and operator not in EEA | ADEQUATE
    return [*_standard_clauses(capacity, is_needed=leaves_eea or leaves_uk), *_addendum(is_needed=leaves_uk)]


def _standard_clauses(capacity: str, *, is_needed: bool) -> list[Part]:
    head = Heading("Annex IV: Standard contractual clauses")
    if not is_needed:
        return [
            head,
            Paragraph(f"Not attached. Given where the parties are, no transfer between them needs {CLAUSES}."),
        ]
    return [
        head,
        Paragraph(
            f"By reference, {CLAUSES}, {MODULES[capacity]}, are part of this agreement. The customer is the data "
            "exporter, "
            "the processor the data importer. Clause 7 (docking) applies. Of Clause 9(a) the parties choose option "
            "2, with "
            "the 30 days of the clause on sub-processors. The option in Clause 11(a) is left out. Clauses 17 and 18: "
            "the law "
            "and the courts of Ireland. Annexes I to III of this agreement are the annexes to those clauses; the "
            "competent "
            "authority is that of the exporter. For data from Switzerland, references to the GDPR mean the Swiss "
            "Federal "
            "Act on Data Protection as well, and the authority is the FDPIC."
        ),
    ]


def _addendum(*, is_needed: bool) -> list[Part]:
    head = Heading("Annex V: UK addendum")
    if not is_needed:
        return [head, Paragraph("Not attached. No transfer between the parties is restricted by the UK GDPR.")]
    return [
        head,
        Paragraph(
            "By reference, the International Data Transfer Addendum to the EU Commission Standard Contractual "
            "Clauses of "
            "the Information Commissioner, version B1.0, in force since 21 March 2022, is part of this agreement and "
            "adapts Annex IV. Its tables 1 to 3 are filled by the parties, annexes and choices of this agreement; of "
            "table 4, "
            "neither party may end it."
        ),
    ]
