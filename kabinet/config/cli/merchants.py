"""`kabinet merchant`: a provider's contracts with acquirers."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from kabinet.config.cli.words import Subparsers

if TYPE_CHECKING:
    from kabinet.payments.operations.merchants import BankDetails, Contract

UTILITIES = ("bank_name", "bic", "bank_account", "corr_account")

# Those of ``payments.enums``, which may be read only after Django has been set up.
TAX_SYSTEMS = (1, 2, 3, 5, 6)
VAT_CODES = (1, 2, 3, 7, 8, 11)


def add_parser(subparsers: Subparsers) -> argparse.ArgumentParser:
    parser = subparsers.add_parser("merchant", help="договоры с банками, принимающими платежи")
    actions = parser.add_subparsers(dest="action", required=True)
    add = actions.add_parser("add", help="завести договор: после этого поставщику можно платить")
    add.add_argument("provider", metavar="ПОСТАВЩИК")
    add.add_argument("--gateway", required=True, help="банк: yookassa, tbank")
    add.add_argument("--shop", required=True, metavar="ID", help="номер магазина или терминала")
    add.add_argument(
        "--secret-file",
        required=True,
        type=Path,
        metavar="ФАЙЛ",
        help="файл с секретным ключом; «-» — прочитать со ввода",
    )
    _add_payee(add)
    _add_switches(add)
    return parser


def _add_payee(add: argparse.ArgumentParser) -> None:
    add.add_argument("--payee", required=True, metavar="ИМЯ", help="получатель платежа")
    add.add_argument("--inn", required=True)
    add.add_argument("--kpp", default="")
    add.add_argument(
        "--supplier",
        action="append",
        default=[],
        metavar="КОД",
        help="чьи деньги идут по этому договору (можно не раз)",
    )
    add.add_argument(
        "--default", action="store_true", help="и деньги остальных получателей поставщика"
    )
    for name in UTILITIES:
        add.add_argument(f"--{name.replace('_', '-')}", help="реквизиты для ГИС ЖКХ")
    add.add_argument("--oktmo", default="0")
    add.add_argument("--kbk", default="0")


def _add_switches(add: argparse.ArgumentParser) -> None:
    add.add_argument("--recurring", action="store_true", help="банк разрешил автоплатежи")
    add.add_argument("--no-sbp", action="store_true", help="банк не принимает СБП")
    add.add_argument("--no-receipts", action="store_true", help="чеки отправляет не банк")
    add.add_argument("--agent", action="store_true", help="деньги получает агент (54-ФЗ)")
    add.add_argument(
        "--tax-system",
        type=int,
        choices=TAX_SYSTEMS,
        default=1,
        help="система налогообложения, тег 1055",
    )
    add.add_argument(
        "--vat",
        type=int,
        choices=VAT_CODES,
        default=11,
        help="код НДС, тег 1199: 1 — без НДС, 11 — 22 %%",
    )
    add.add_argument(
        "--utilities", action="store_true", help="передавать сведения для ГИС ЖКХ (payment_order)"
    )


def run(args: argparse.Namespace) -> int:
    """Register the contract and print where the bank must send its notices; exit status 1 when refused."""
    from django.utils import timezone

    from kabinet.kernel.actors import SYSTEM
    from kabinet.kernel.errors import NotVisible, Refused
    from kabinet.payments.operations.merchants import notice_address, register_merchant

    try:
        merchant_id = register_merchant(
            actor=SYSTEM, provider_code=args.provider, contract=_contract(args), at=timezone.now()
        )
    except NotVisible:
        print(f"Поставщика {args.provider} нет.", file=sys.stderr)
        return 1
    except (Refused, OSError) as refusal:
        print(refusal, file=sys.stderr)
        return 1
    print("Договор заведён. Адрес для уведомлений, его вписывают в кабинете банка:")
    print(notice_address(args.gateway, merchant_id))
    return 0


def _contract(args: argparse.Namespace) -> Contract:
    from kabinet.payments.enums import TaxSystem, VatCode
    from kabinet.payments.operations.merchants import Contract

    is_piped = args.secret_file == Path("-")
    secret = sys.stdin.read() if is_piped else args.secret_file.read_text(encoding="utf-8")
    return Contract(
        gateway=args.gateway,
        shop_id=args.shop,
        secret=secret.strip(),
        payee_name=args.payee,
        payee_inn=args.inn,
        payee_kpp=args.kpp,
        suppliers=args.supplier,
        is_default=args.default,
        supports_recurring=args.recurring,
        supports_sbp=not args.no_sbp,
        issues_receipts=not args.no_receipts,
        is_agent=args.agent,
        tax_system=TaxSystem(args.tax_system),
        vat_code=VatCode(args.vat),
        utilities=_details(args) if args.utilities else None,
    )


def _details(args: argparse.Namespace) -> BankDetails:
    from kabinet.payments.operations.merchants import BankDetails

    told = {name: getattr(args, name) or "" for name in UTILITIES}
    return BankDetails(**told, oktmo=args.oktmo, kbk=args.kbk)
