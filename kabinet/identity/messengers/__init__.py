"""Messengers as ways for codes: which are offered, linking, and what their bots hear (IDN-28)."""
