"""How passwords are hashed: argon2id, tuned so that a crowd at the door neither waits nor fills the memory."""

from __future__ import annotations

from django.contrib.auth.hashers import Argon2PasswordHasher


class TunedArgon2(Argon2PasswordHasher):
    """46 MiB, one pass, one thread: OWASP's first choice, about 60 ms of one core (``benchmarks.sign_in``).

    Django's own 100 MiB in eight threads takes four times the time of the same core, and a hundred people who sign in
    at once would need 10 GB. A password hashed otherwise is hashed anew when its owner signs in.
    """

    time_cost = 1
    memory_cost = 47_104
    parallelism = 1
