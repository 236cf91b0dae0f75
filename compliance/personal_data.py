"""What is kept of people in the proofs of deletion: nothing but random ids and counts. And of staff: what they saw."""

from putler.personal import Basis, Declaration, Personal, Store, Whose

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
}
STORES: tuple[Store, ...] = ()
NOT_OF_A_SOURCE = {
    "compliance.PurgeReceipt": "outlives what was deleted: it is the proof",
    "compliance.StaffAccessGrant": "of an account, whatever its sources",
    "compliance.BreakGlass": "of an account, whatever its sources",
    "compliance.GrantAccess": "outlives what was looked at: random ids and counts",
}
