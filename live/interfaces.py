"""This machine's own addresses: the network interfaces that phones may reach it by, and what the system knows of them.

IPv4 only, as the hub listens on IPv4 and a QR code names one address. Loopback and the bridges of virtual machines are
left out: no phone comes that way. Asks the kernel, sends nothing.
"""

from __future__ import annotations

import fcntl
import ipaddress
import re
import socket
import struct
import sys
from dataclasses import dataclass
from pathlib import Path

ASK_ADDRESS = 0xC0206921 if sys.platform == "darwin" else 0x8915
"""SIOCGIFADDR."""
REQUEST = struct.Struct("16s24s")
ADDRESS_AT = slice(20, 24)
LOOPBACK = ipaddress.ip_network("127.0.0.0/8")
VIRTUAL = re.compile(r"^(docker|br-|veth|virbr|vmnet|vboxnet|bridge|podman|cni|lxc|lxd)")
LABEL = re.compile(r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")
SYSTEM = Path("/sys/class/net")


@dataclass(frozen=True, slots=True)
class Interface:
    name: str
    address: str
    is_wireless: bool
    speed_mbit_s: int | None
    """What the link was negotiated at; None where the system does not say (Wi-Fi, virtual machines, macOS)."""


def interfaces() -> tuple[Interface, ...]:
    """Return the interfaces that have an IPv4 address now, by name."""
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        for _, name in socket.if_nameindex():
            address = _address(asking, name)
            if address is None or ipaddress.ip_address(address) in LOOPBACK or VIRTUAL.match(name):
                continue
            found.append(Interface(name, address, (SYSTEM / name / "wireless").exists(), _speed(name)))
    return tuple(sorted(found, key=lambda interface: interface.name))


def own_addresses() -> tuple[str, ...]:
    return tuple(interface.address for interface in interfaces())


def own_mdns_name() -> str | None:
    """Return `laptop.local`, by which phones find this machine where it answers mDNS; None where its name is none."""
    label = socket.gethostname().partition(".")[0].lower()
    return f"{label}.local" if LABEL.match(label) else None


def _address(asking: socket.socket, name: str) -> str | None:
    try:
        answer = fcntl.ioctl(asking.fileno(), ASK_ADDRESS, REQUEST.pack(name.encode()[:15], b""))
    except OSError:  # it is down, or has no IPv4 address
        return None
    return socket.inet_ntoa(answer[ADDRESS_AT])


def _speed(name: str) -> int | None:
    try:
        speed = int((SYSTEM / name / "speed").read_text())
    except (OSError, ValueError):
        return None
    return speed if speed > 0 else None
