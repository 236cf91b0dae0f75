"""What is kept of people in the proofs of deletion: nothing but random ids and counts."""

from putler.personal import Declaration, Store

FIELDS = {
    "compliance.PurgeReceipt": Declaration(
        "id account public_id what subject provider asked_at started_at ended_at before after digest"
    ),
}
STORES: tuple[Store, ...] = ()
NOT_OF_A_SOURCE = {"compliance.PurgeReceipt": "outlives what was deleted: it is the proof"}
