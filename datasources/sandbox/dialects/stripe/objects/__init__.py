"""One builder for each of Stripe's objects: from a fact to its JSON. Source: https://docs.stripe.com/api"""
