"""What is kept of people: in proofs of deletion, and in what people ask for, random ids, digests and counts; in
agreements and the register who speaks.
"""

from putler.personal import Basis, Declaration, Personal, Store, Whose

ASKED = Personal(
    Whose.MEMBER, "to give a copy to who asked for it alone", Basis.CONTRACT, "90 days; the file 72 hours",
    "with the user, or by a daily job",
)  # fmt: skip
WHO_ASKED = Personal(
    Whose.MEMBER, "to prove who asked for an erasure; by a random id alone", Basis.INTEREST, "six years",
    "stays as proof: the user it names is erased instead", is_exported=False,
)  # fmt: skip
PARTY = Personal(
    Whose.MERCHANT, "to conclude and to prove an agreement on data processing", Basis.CONTRACT,
    "six years; 14 days where the mailbox is not confirmed", "by a daily job", is_exported=False,
)  # fmt: skip
OBJECTING = Personal(
    Whose.MEMBER, "to answer who objects to a sub-processor", Basis.CONTRACT, "as long as the sub-processor is listed",
    "with it", is_exported=False,
)  # fmt: skip
LOOKER = Personal(
    Whose.MEMBER, "to know who of the staff looked at an account, and who let them in", Basis.INTEREST, "two years",
    "by a daily job",
)  # fmt: skip
WHY = Personal(Whose.MERCHANT, "to know why staff looked at an account", Basis.INTEREST, "two years", "by a daily job")
EVIDENCE = Personal(
    Whose.MERCHANT, "to know what made staff suspect a breach of terms", Basis.INTEREST, "two years", "by a daily job",
    is_exported=False,
)  # fmt: skip

FIELDS = {
    "compliance.StaffAccessGrant": Declaration(
        "id account public_id scope asked_at starts_at expires_at revoked_at",
        {"staff": LOOKER, "granted_by": LOOKER, "reason": WHY, "ticket": WHY},
    ),
    "compliance.BreakGlass": Declaration(
        "id account public_id reason requested_at starts_at expires_at ended_at",
        {"requested_by": LOOKER, "approved_by": LOOKER, "evidence": EVIDENCE},
    ),
    "compliance.GrantAccess": Declaration(
        "id account public_id at grant method route objects_seen metrics rows status", {"staff": LOOKER}
    ),
    "compliance.PurgeReceipt": Declaration(
        "id account public_id what subject provider asked_at started_at ended_at before after digest"
    ),
    "compliance.Ending": Declaration("id account why ends_at warned_days"),
    "compliance.Evidence": Declaration("id name value source is_met measured_at remembered"),
    "compliance.ErasureRequest": Declaration(
        "id public_id kind account target subject verified_how asked_at due_at started_at touched_at done_at "
        "cancelled_at before after digest",
        {"asked_by": WHO_ASKED},
    ),
    "compliance.ExportRequest": Declaration(
        "id public_id kind account target state path size rows asked_at touched_at expires_at downloads tries",
        {"user": ASKED},
    ),
    "compliance.JournalEntry": Declaration("id kind account subject at"),
    "compliance.DpaTemplate": Declaration("id public_id version law body approved_by"),
    "compliance.DpaRequest": Declaration(
        "id public_id capacity law state template account entered_by asked_at changed_at link_digest link_expires_at",
        dict.fromkeys(
            (
                "company",
                "address",
                "register_number",
                "country",
                "signatory",
                "title",
                "mail",
                "written",
                "evidence",
            ),  # fmt: skip
            PARTY,
        ),
    ),
    "compliance.DpaDocument": Declaration("id request kind sha256 made_at", {"content": PARTY}),
    "compliance.SubProcessor": Declaration(
        "id public_id name purpose data_types country transfer_basis hosts agreement_on since announced_at ended_on"
    ),
    "compliance.Objection": Declaration(
        "id public_id sub_processor account made_at", {"by": OBJECTING, "reason": OBJECTING}
    ),
    "compliance.HostingStatement": Declaration("id public_id provider certificate valid_until link stated_at"),
}
STORES: tuple[Store, ...] = ()
NOT_OF_A_SOURCE = {
    "compliance.PurgeReceipt": "outlives what was deleted: it is the proof",
    "compliance.Ending": "when an account ends",
    "compliance.Evidence": "of the site as a whole",
    "compliance.ErasureRequest": "outlives what was erased: it is the proof",
    "compliance.ExportRequest": "who had a copy made, and until when it lies there",
    "compliance.JournalEntry": "ids and digests, so that no backup brings back what was erased",
    "compliance.StaffAccessGrant": "of an account, whatever its sources",
    "compliance.BreakGlass": "of an account, whatever its sources",
    "compliance.GrantAccess": "outlives what was looked at: random ids and counts",
    "compliance.DpaTemplate": "a text of ours",
    "compliance.DpaRequest": "about the merchant, not about what a source told",
    "compliance.DpaDocument": "about the merchant, not about what a source told",
    "compliance.SubProcessor": "about companies that work for us",
    "compliance.Objection": "about companies that work for us",
    "compliance.HostingStatement": "about a company that works for us",
}
