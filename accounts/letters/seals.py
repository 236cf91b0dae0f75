"""The letter that keeps what audit logs are verified against."""

from datetime import date

from accounts.chains import Seal
from accounts.letters.layout import Letter


def audit_seal(day: date, seal: Seal) -> Letter:
    """What a day's audit logs are verified against, to the address that keeps it."""
    logs = f"{seal.logs} audit log{'s' if seal.logs != 1 else ''}"
    return Letter(
        subject=f"Seal of the audit logs, {day.isoformat()}",
        opening=f"This is the seal of {logs} as of the end of {day.isoformat()} (UTC):",
        code=seal.digest,
        closing="Keep this mail. Whether anything was changed or cut off since, this tells: "
        f"manage.py verify_audit --day {day.isoformat()} --seal {seal.digest}",
    )
