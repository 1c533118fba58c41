"""Stand-ins for other people's services. Programs of their own: they import nothing of Kabinet, nor Kabinet of them."""
