# SPDX-License-Identifier: GPL-2.0-or-later
"""A UDP port of this machine that nobody has."""
import socket

free = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
free.bind(("127.0.0.1", 0))
print(free.getsockname()[1])
