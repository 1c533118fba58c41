"""The bundle's file of offices (spec 12, OPX-08)."""

from __future__ import annotations

from kabinet.kernel.bundle import Column, File, register
from kabinet.kernel.spelling import CODE, JSON, number, text
from kabinet.providers.intake import BRANCH

OFFICES = File(
    name="offices",
    table="offices_office",
    columns=(
        Column("code", CODE, required=True),
        Column("branch", CODE, required=True, to=None),
        Column("name", text(200), required=True),
        Column("address", text(300), required=True),
        Column("lat", number(2, 6, low=-90, high=90)),
        Column("lon", number(3, 6, low=-180, high=180)),
        Column("phone", text(100)),
        Column("email", text(254)),
        Column("hours", text(300)),
        Column("hours_json", JSON),
    ),
    key=("code",),
    row_key=("code",),
    lookups=(BRANCH,),
    match_also="l.provider_id = %(provider)s",
    born={"provider_id": "%(provider)s"},
)


def register_files() -> None:
    register(OFFICES)
