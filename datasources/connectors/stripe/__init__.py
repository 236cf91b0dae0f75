"""Stripe: balance transactions are the money, every other list tells what it knows of them."""

from datasources.connectors.stripe.connector import Stripe

__all__ = ["Stripe"]
