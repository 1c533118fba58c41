"""Money about which the bank contradicts our books: people look at the bank's word and decide (PAY-45, OPX-31)."""
