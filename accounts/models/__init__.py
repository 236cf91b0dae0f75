"""Who may do what: people, the accounts they work in, and their part in each."""

from accounts.devices import AuthenticatorApp, RecoveryCode, RecoveryCodes
from accounts.models.browsers import DeviceReset, DeviceResetApproval, Session
from accounts.models.people import EmailChange, SignUp, User
from accounts.models.records import AuditEvent, OutgoingMail
from accounts.models.team import INVITED_AS, Invitation, Membership, Role, Scope
from accounts.models.tenants import Account, DateFormat, NumberFormat, TrialExtension, WeekStart

__all__ = [
    "Account",
    "AuditEvent",
    "AuthenticatorApp",
    "DateFormat",
    "DeviceReset",
    "DeviceResetApproval",
    "EmailChange",
    "INVITED_AS",
    "Invitation",
    "Membership",
    "NumberFormat",
    "OutgoingMail",
    "RecoveryCode",
    "RecoveryCodes",
    "Role",
    "Scope",
    "Session",
    "SignUp",
    "TrialExtension",
    "User",
    "WeekStart",
]
