"""The words in which the shop speaks of what happened."""

from enum import StrEnum


class Method(StrEnum):
    """How a buyer pays; a direct debit is certain only days later."""

    CARD = "card"
    DEBIT = "debit"


class Reason(StrEnum):
    """Why an order exists."""

    BASKET = "basket"
    SIGN_UP = "sign up"
    RENEWAL = "renewal"


class Decline(StrEnum):
    """Why a card did not work."""

    NO_FUNDS = "no funds"
    NO_REASON = "no reason given"
    EXPIRED = "card expired"
    WRONG_CODE = "wrong security code"


class Complaint(StrEnum):
    """What a buyer tells the bank."""

    FRAUD = "fraud"
    NOT_RECEIVED = "not received"
    NOT_AS_DESCRIBED = "not as described"
    CANCELLED_BEFORE = "cancelled before"


class Standing(StrEnum):
    """How a subscription stands."""

    WAITING = "waiting for the first payment"
    EXPIRED = "never paid for"
    TRIAL = "trial"
    ACTIVE = "active"
    BEHIND = "behind with a payment"
    ENDED = "ended"


class Outcome(StrEnum):
    """How a dispute ends; an inquiry never moves money."""

    WON = "won"
    LOST = "lost"
    INQUIRY = "inquiry"


class Movement(StrEnum):
    """Why the balance moved."""

    SALE = "sale"
    NOT_CAPTURED = "not captured"
    BOUNCE = "bounce"
    REFUND = "refund"
    REFUND_FAILURE = "refund failure"
    DISPUTE = "dispute"
    DISPUTE_WON = "dispute won"
    SERVICE_FEE = "service fee"
    PAYOUT = "payout"
    PAYOUT_FAILURE = "payout failure"
