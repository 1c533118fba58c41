"""Gosuslugi (ЕСИА) as a way in: a provider for allauth of our own, since it has none (IDN-26, facts §8.1)."""
