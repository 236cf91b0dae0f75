"""How passwords are stored."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2id(Argon2PasswordHasher):
    """Argon2id at 46 MiB, two passes and one lane: above OWASP's floor of 19 MiB, about 80 ms on a small machine."""

    memory_cost = 47104
    time_cost = 2
    parallelism = 1
