"""Payments that go by themselves (PAY-16–18): connecting, changing, planning, making, finishing.

Locks are taken in one order: autopay, its runs, the account, what the core of payments locks. Whatever the bank has to
say comes by the core's own path and is read afterwards (``finishing``): an autopay never stands in its transactions.
"""
