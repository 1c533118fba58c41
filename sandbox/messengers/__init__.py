"""A stand-in for the bots' side of Telegram and MAX, and the telephones at its other end."""
