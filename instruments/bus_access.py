"""Find instruments on buses of this computer that its user may not open (Linux).

The USB class of a test instrument is 0xFE with subclass 3 (USBTMC, revision 1.0, table 43).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

__all__ = ["forbidden_devices"]

_SERIAL = ("ttyUSB*", "ttyACM*")
_GPIB = ("gpib[0-9]*",)


def forbidden_devices(root: Path = Path("/")) -> tuple[str, ...]:
    """Say which devices stand there that may not be opened, and what to do.

    Parameters
    ----------
    root : Path
        Where ``dev`` and ``sys`` are.

    Returns
    -------
    tuple of str
        One sentence a device.
    """
    return (*_usb(root), *_nodes(root, _SERIAL, "dialout"), *_nodes(root, _GPIB, "gpib"))


def _usb(root: Path) -> Iterator[str]:
    for interface in sorted(root.glob("sys/bus/usb/devices/*:*")):
        if (_word(interface, "bInterfaceClass"), _word(interface, "bInterfaceSubClass")) != (
            "fe",
            "03",
        ):
            continue
        device = interface.with_name(interface.name.split(":", maxsplit=1)[0])
        bus, number = (_word(device, name).zfill(3) for name in ("busnum", "devnum"))
        node = root / "dev/bus/usb" / bus / number
        if not os.access(node, os.R_OK | os.W_OK):
            vendor = _word(device, "idVendor")
            yield (
                f"{node}: a USB instrument of vendor {vendor} that you may not open; add the udev "
                f'rule SUBSYSTEM=="usb", ATTR{{idVendor}}=="{vendor}", MODE="0660", TAG+="uaccess" '
                "and plug it in anew"
            )


def _nodes(root: Path, patterns: tuple[str, ...], group: str) -> Iterator[str]:
    for pattern in patterns:
        for node in sorted((root / "dev").glob(pattern)):
            if not os.access(node, os.R_OK | os.W_OK):
                yield f"{node}: you may not open it; join the group {group} and log in again"


def _word(folder: Path, name: str) -> str:
    try:
        return (folder / name).read_text("ascii").strip().lower()
    except OSError:
        return ""
