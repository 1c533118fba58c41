"""Invented requisites whose check digits are right (facts §1.5)."""

from __future__ import annotations

INN_WEIGHTS = (2, 4, 10, 3, 5, 9, 4, 6, 8)
BANK_WEIGHTS = (7, 1, 3)
KEY = 8  # the ninth digit of an account number is its check digit


def inn(nine_digits: str) -> str:
    """Complete a company's INN with its tenth digit."""
    total = sum(int(digit) * weight for digit, weight in zip(nine_digits, INN_WEIGHTS, strict=True))
    return nine_digits + str(total % 11 % 10)


def settlement_account(bic: str, tail: str) -> str:
    """Make a company's rouble account at the bank: 40702 810 K + eleven digits."""
    return _with_key(bic[-3:], f"407028100{tail}")


def correspondent_account(bic: str) -> str:
    return _with_key(f"0{bic[4:6]}", f"301018100{bic[-3:]:0>11}")


def bank_key_is_right(prefix: str, account: str) -> bool:
    digits = prefix + account
    return not sum(int(digit) * BANK_WEIGHTS[i % 3] % 10 for i, digit in enumerate(digits)) % 10


def _with_key(prefix: str, account: str) -> str:
    for key in range(10):
        whole = f"{account[:KEY]}{key}{account[KEY + 1 :]}"
        if bank_key_is_right(prefix, whole):
            return whole
    raise ValueError(f"no check digit fits {account}")
