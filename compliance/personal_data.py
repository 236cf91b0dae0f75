"""What is kept of people in the proofs of deletion and of promises: nothing but random ids, counts and times."""

from putler.personal import Declaration, Store

FIELDS = {
    "compliance.PurgeReceipt": Declaration(
        "id account public_id what subject provider asked_at started_at ended_at before after digest"
    ),
    "compliance.Ending": Declaration("id account why ends_at warned_days"),
    "compliance.Evidence": Declaration("id name value source is_met measured_at remembered"),
}
STORES: tuple[Store, ...] = ()
NOT_OF_A_SOURCE = {
    "compliance.PurgeReceipt": "outlives what was deleted: it is the proof",
    "compliance.Ending": "when an account ends",
    "compliance.Evidence": "of the site as a whole",
}
