"""A stand-in for VK ID and Yandex ID."""
