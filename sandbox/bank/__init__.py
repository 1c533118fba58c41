"""A stand-in acquirer that speaks YooKassa API v3; see README.md beside this file."""
