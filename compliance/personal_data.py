"""What is kept of people in what they ask for and in the proofs of deletion: random ids, digests and counts."""

from putler.personal import Basis, Declaration, Personal, Store, Whose

ASKED = Personal(
    Whose.MEMBER, "to give a copy to who asked for it alone", Basis.CONTRACT, "ninety days; the file 72 hours",
    "with the user, or by a daily job",
)  # fmt: skip
WHO_ASKED = Personal(
    Whose.MEMBER, "to prove who asked for an erasure; by a random id alone", Basis.INTEREST, "six years",
    "stays as proof: the user it names is erased instead", is_exported=False,
)  # fmt: skip

FIELDS = {
    "compliance.PurgeReceipt": Declaration(
        "id account public_id what subject provider asked_at started_at ended_at before after digest"
    ),
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
}
STORES: tuple[Store, ...] = ()
NOT_OF_A_SOURCE = {
    "compliance.PurgeReceipt": "outlives what was deleted: it is the proof",
    "compliance.ErasureRequest": "outlives what was erased: it is the proof",
    "compliance.ExportRequest": "who had a copy made, and until when it lies there",
    "compliance.JournalEntry": "ids and digests, so that no backup brings back what was erased",
}
