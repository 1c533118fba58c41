"""VK ID and Yandex ID as ways in: allauth's protocol, with our own limits on what is sent and believed (IDN-07, 24)."""
