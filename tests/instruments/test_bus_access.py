from __future__ import annotations

from pathlib import Path

from instruments.bus_access import forbidden_devices


def _plug_in(root: Path, subclass: str) -> None:
    device = root / "sys/bus/usb/devices/1-2"
    interface = device.with_name("1-2:1.0")
    for folder, words in (
        (device, {"busnum": "1", "devnum": "7", "idVendor": "05e6"}),
        (interface, {"bInterfaceClass": "fe", "bInterfaceSubClass": subclass}),
    ):
        folder.mkdir(parents=True)
        for name, word in words.items():
            (folder / name).write_text(word + "\n", "ascii")


def test_a_usb_instrument_that_may_not_be_opened_is_said(tmp_path: Path) -> None:
    _plug_in(tmp_path, "03")
    (said,) = forbidden_devices(tmp_path)
    assert "dev/bus/usb/001/007" in said
    assert 'ATTR{idVendor}=="05e6"' in said


def test_a_usb_instrument_that_may_be_opened_is_not(tmp_path: Path) -> None:
    _plug_in(tmp_path, "03")
    node = tmp_path / "dev/bus/usb/001/007"
    node.parent.mkdir(parents=True)
    node.touch()
    assert forbidden_devices(tmp_path) == ()


def test_other_usb_devices_are_nobody_s_business(tmp_path: Path) -> None:
    _plug_in(tmp_path, "01")
    assert forbidden_devices(tmp_path) == ()


def test_a_serial_line_that_may_not_be_opened_is_said(tmp_path: Path) -> None:
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev/ttyUSB0").symlink_to(tmp_path / "gone")
    (said,) = forbidden_devices(tmp_path)
    assert "dialout" in said
