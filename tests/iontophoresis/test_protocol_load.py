"""Where a protocol can come from, and what a file must be before its content is even looked at."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

import pytest
from pydantic import ValidationError

from iontophoresis import protocol
from iontophoresis.errors import InputError, Problem, printable

MESOGLOW = protocol.load("mesoglow").source_text


def refusal(source: str | Path) -> str:
    with pytest.raises(InputError) as caught:
        protocol.load(source)
    assert len(caught.value.problems) == 1
    return str(caught.value)


def written(folder: Path, data: bytes, name: str = "mine.toml") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def test_protocols_ship_and_the_bench_is_not_one_of_them() -> None:
    assert {"fat_layer", "franz_cell", "mesoglow", "ach_pulses"} <= set(protocol.library())
    assert "emulated_bench" not in protocol.library()


def test_text_and_digest_of_the_file_are_kept(tmp_path: Path) -> None:
    data = MESOGLOW.encode()
    loaded = protocol.load(written(tmp_path, data))
    assert loaded.source_text == MESOGLOW
    assert loaded.sha256 == hashlib.sha256(data).hexdigest()
    assert loaded.origin == str(tmp_path / "mine.toml")
    assert protocol.parse(data, "elsewhere").sha256 == loaded.sha256


def test_a_byte_order_mark_and_windows_line_ends_are_accepted(tmp_path: Path) -> None:
    data = b"\xef\xbb\xbf" + MESOGLOW.replace("\n", "\r\n").encode()
    assert protocol.load(written(tmp_path, data)).channel[0].name == "A"


def test_a_protocol_cannot_be_changed() -> None:
    loaded = protocol.load("mesoglow")
    with pytest.raises(ValidationError):
        loaded.title = "another"  # type: ignore[misc]


def test_a_shipped_name_wins_over_a_file_in_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, b"schema = 1", name="mesoglow")
    monkeypatch.chdir(tmp_path)
    assert protocol.load("mesoglow").origin == "mesoglow.toml"


def test_a_file_without_suffix_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, MESOGLOW.encode(), name="mine")
    monkeypatch.chdir(tmp_path)
    assert protocol.load("mine").origin == "mine"


def test_an_unknown_name_lists_what_ships() -> None:
    text = refusal("mesoglo")
    assert text.startswith("mesoglo: is neither a file nor a protocol that ships")
    assert 'did you mean "mesoglow"?' in text
    assert ", ".join(protocol.library()) in text


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert refusal(tmp_path / "no.toml") == (
        f"{printable(str(tmp_path / 'no.toml'), 200)}: no such file; "
        "check the path and the working directory"
    )


def test_a_directory_is_refused(tmp_path: Path) -> None:
    assert "is a directory; name the .toml file in it" in refusal(tmp_path)


def test_an_unreadable_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def deny(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = written(tmp_path, b"")
    monkeypatch.setattr(Path, "open", deny)
    assert "cannot be read: Permission denied; check name and permissions" in refusal(path)


def test_a_path_with_a_null_byte_is_refused() -> None:
    assert "cannot be read" in refusal("mine\0.toml")


def test_a_device_is_refused_before_it_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, b"")
    monkeypatch.setattr("stat.S_ISREG", lambda _mode: False)
    assert "is not a regular file" in refusal(path)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"title = '\xff'", "is not UTF-8 text (byte 9); save it as UTF-8"),
        ("title = 'x'".encode("utf-16"), "is not UTF-8 text (byte 0)"),
        (b"#" * (256 * 1024 + 1), "is larger than 256 KiB"),
        (b"# " + b"x" * 1000, "line 1 has 1002 characters, at most 1000 are read"),
        (b"a = 1\na = 2", "is not valid TOML: Cannot overwrite a value"),
        (b"a = \n", "is not valid TOML: Invalid value (at line 1, column 5)"),
        (b"a = 2026-13-45", "is not valid TOML"),
        (b"a = " + b"9" * 900, "is not valid TOML"),
        (b"a = " + b"[" * 900, "is nested more than 20 levels deep"),
        (b"a = " + b"[" * 21 + b"]" * 21, "is nested more than 20 levels deep"),
        (b"a." * 400 + b"a = 1", "is nested more than 20 levels deep"),
        (b"[" + b"a." * 400 + b"a]", "is nested more than 20 levels deep"),
    ],
)
def test_what_is_no_plain_toml_file_is_refused(tmp_path: Path, data: bytes, reason: str) -> None:
    path = written(tmp_path, data)
    if data.startswith(b"a = 9"):  # a number of 900 digits is valid TOML and refused later
        assert len(protocol_problems(path)) > 1
    else:
        assert reason in refusal(path)


def protocol_problems(path: Path) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as caught:
        protocol.load(path)
    return caught.value.problems


def test_a_file_made_to_be_slow_is_read_in_bounded_time(tmp_path: Path) -> None:
    line = ".".join(["a"] * 499) + ' = "x"\n'
    path = written(tmp_path, (line * 256).encode()[: 256 * 1024 - 1])
    began = time.monotonic()
    refusal(path)
    assert time.monotonic() - began < 20


def test_control_characters_in_errors_cannot_reach_the_terminal() -> None:
    shown = str(Problem(origin="a", key="k", value=printable("\x1b[31m\n\u202e"), reason="r"))
    assert shown == "a: k = \\x1b[31m\\n\\u202e: r"
    assert printable("x" * 100) == "x" * 59 + "…"
