"""Run the stand-in: python -m sandbox.esia --folder var/esia --client KABINET --redirect URL [--port 8104]."""

from __future__ import annotations

import argparse
from pathlib import Path

from cryptography import x509

from sandbox.esia import keys
from sandbox.esia.clients import Client
from sandbox.esia.esia import ISSUER
from sandbox.esia.server import Sandbox


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sandbox.esia", description=__doc__)
    parser.add_argument("--port", type=int, default=8104)
    parser.add_argument(
        "--folder", type=Path, required=True, help="keys and certificates; made when absent"
    )
    parser.add_argument("--client", required=True, metavar="MNEMONIC")
    parser.add_argument("--name", default="Центр начислений", help="shown on the sign-in page")
    parser.add_argument("--redirect", action="append", default=[], metavar="URL")
    parser.add_argument("--issuer", default=ISSUER)
    parser.add_argument(
        "--confirmed-only", action="store_true", help="send back accounts that are not confirmed"
    )
    parser.add_argument("--keys-only", action="store_true", help="make the keys and end")
    given = parser.parse_args()
    keys.make(given.folder, given.client)
    if given.keys_only:
        return
    certificate = (given.folder / keys.CLIENT_CERTIFICATE).read_bytes()
    client = Client(
        mnemonic=given.client,
        certificate=x509.load_pem_x509_certificate(certificate),
        redirect_uris=tuple(given.redirect),
        name=given.name,
        confirmed_only=given.confirmed_only,
    )
    own = keys.read_key((given.folder / keys.OWN_KEY).read_bytes())
    sandbox = Sandbox([client], own, port=given.port, issuer=given.issuer)
    sandbox.run("ESIA")


if __name__ == "__main__":
    main()
