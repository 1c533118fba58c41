"""A stand-in for SMS gateways: SMSC.ru and SMS Aero, and the telephones at their other end."""
