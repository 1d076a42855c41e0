"""The main job from the command line, and what it says when something is in the way."""

import socket
import subprocess
import sys
import threading
import time

import pytest

from iontophoresis.protocol.document import read_shipped
from iontophoresis.record.reader import open_session

pytestmark = pytest.mark.real_time
BENCH = """
schema = 1
name = "A bench of this test"
signed_by = "the test"
signed_on = 2026-01-01
enclosure = "enclosed"
interlock = "none"
allowed_classes = ["excised"]

[[source]]
id = "smu"
driver = "keithley-2450"
serial = "{serial}"
calibrated_on = 2026-01-01
calibration_due = 2099-01-01
resource = "{resource}"
"""


def iontophoresis(*arguments, answer=None):
    return subprocess.run(
        [sys.executable, "-m", "iontophoresis", *map(str, arguments)],
        input=answer, capture_output=True, text=True, encoding="utf-8", timeout=120, check=False,
    )  # fmt: skip


def assert_one_clear_error(done, *words):
    said = done.stdout + done.stderr
    assert done.returncode == 1, said
    assert "Traceback" not in said
    for word in words:
        assert word in said


def test_a_session_runs_and_names_its_file_and_its_figure(short_protocol, tmp_path):
    folder = tmp_path / "sessions"
    done = iontophoresis("run", short_protocol, "--directory", folder)
    assert done.returncode == 0, done.stderr
    (path,) = folder.glob("*.sqlite")
    assert str(path) in done.stdout
    assert str(path.with_suffix(".png")) in done.stdout
    assert path.with_suffix(".png").read_bytes().startswith(b"\x89PNG")
    session = open_session(path)
    assert session.closing.outcome == "done"
    assert session.header["protocol_toml"] == short_protocol.read_text(encoding="utf-8")
    assert session.header["identity"][0]["serial"] == "EMULATED"
    assert len(session.estimates.of(0, "dermis").t_ms) >= 2
    assert session.header["identity"][0]["fail_safe_tier"] == "A"
    for sentence in ("EMULATED BENCH", "tier C", "ALARM"):
        assert (sentence in done.stdout) == (sentence == "EMULATED BENCH")


def test_a_real_source_is_armed_by_an_answer_and_by_nothing_else(short_protocol, tmp_path):
    twin = subprocess.Popen(
        [sys.executable, "-m", "iontophoresis", "emulate", "keithley-2450", "--port", "0"],
        stdout=subprocess.PIPE, text=True, encoding="utf-8",
    )  # fmt: skip
    try:
        resource = twin.stdout.readline().split()[2]
        bench = tmp_path / "bench.toml"
        bench.write_text(BENCH.format(serial="EMU02450", resource=resource), encoding="utf-8")
        common = ("run", short_protocol, "--bench", bench, "--no-figure", "--directory")
        refused = iontophoresis(*common, tmp_path / "no", answer="n\n")
        assert refused.returncode == 1
        (path,) = (tmp_path / "no").glob("*.sqlite")
        assert open_session(path).closing.outcome == "refused"
        assert len(open_session(path).ticks) == 0
        quick = short_protocol.read_text(encoding="utf-8").replace(
            "duration_s = 20.0", "duration_s = 2.0"
        )
        short_protocol.write_text(quick, encoding="utf-8")
        armed = iontophoresis(*common, tmp_path / "yes", answer="y\n")
        assert armed.returncode == 0, armed.stdout + armed.stderr
    finally:
        twin.terminate()
        twin.wait()
        twin.stdout.close()


def bench_at(tmp_path, port, serial="1"):
    path = tmp_path / "bench.toml"
    resource = f"TCPIP0::127.0.0.1::{port}::SOCKET"
    path.write_text(BENCH.format(serial=serial, resource=resource), encoding="utf-8")
    return path


def test_nothing_at_the_address(short_protocol, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    bench = bench_at(tmp_path, port)
    done = iontophoresis("run", short_protocol, "--bench", bench, "--directory", tmp_path / "s")
    assert_one_clear_error(done, str(port))


@pytest.mark.parametrize("answer", [b"", b"SOMEBODY,ELSE,1,2\n", b"\xff\xfe garbage \x00\n"])
def test_something_else_at_the_address(short_protocol, tmp_path, answer):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(60)

        def serve():
            client, _ = server.accept()
            with client:
                while client.recv(1024):
                    if answer:
                        client.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        port = server.getsockname()[1]
        bench = bench_at(tmp_path, port)
        done = iontophoresis("run", short_protocol, "--bench", bench, "--directory", tmp_path / "s")
        assert_one_clear_error(done, str(port))
        thread.join(10)


def test_a_directory_that_cannot_be_made(short_protocol, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("in the way", encoding="utf-8")
    done = iontophoresis("run", short_protocol, "--directory", blocked / "sessions")
    assert_one_clear_error(done, str(blocked), "--directory")


def test_virtual_time_is_refused_for_anything_but_our_emulated_bench(short_protocol, tmp_path):
    bench = bench_at(tmp_path, 5025)
    done = iontophoresis("run", short_protocol, "--bench", bench, "--pace", "lockstep")
    assert_one_clear_error(done, "virtual time", "--pace real")


def test_a_typo_in_a_protocol(short_protocol):
    text = short_protocol.read_text(encoding="utf-8").replace("area_cm2", "area_mm2")
    short_protocol.write_text(text, encoding="utf-8")
    done = iontophoresis("run", short_protocol)
    assert_one_clear_error(done, "area_mm2", "area_cm2", short_protocol.name)


def test_pause_resume_and_stop_from_a_second_terminal(user_session):
    session = user_session()
    session.wait_for_current()
    paused = iontophoresis("pause")
    assert paused.returncode == 0, paused.stderr
    time.sleep(1.5)
    resumed = iontophoresis("resume")
    assert "PAUSED" in resumed.stdout
    time.sleep(3.0)
    assert iontophoresis("stop").returncode == 0
    session.finish()
    recorded, _ = session.assert_zero_and_whole()
    codes = [event.code for event in recorded.events]
    assert [code for code in codes if code in {"pause", "resumed", "stop"}] == [
        "pause", "resumed", "stop",
    ]  # fmt: skip
    assert recorded.closing.outcome == "stopped"


def test_a_resumed_session_delivers_the_planned_charge(user_session, short_protocol):
    text = short_protocol.read_text(encoding="utf-8").replace(
        "duration_s = 20.0", "duration_s = 6.0"
    )
    short_protocol.write_text(text, encoding="utf-8")
    session = user_session()
    session.wait_for_current()
    time.sleep(2.0)
    iontophoresis("pause")
    time.sleep(1.5)
    iontophoresis("resume")
    session.finish()
    recorded, _ = session.assert_zero_and_whole()
    assert recorded.closing.outcome == "done"
    planned = recorded.channel_facts(0)["planned_charge_ma_min"]
    assert recorded.ticks.charge_ma_min[-1] == pytest.approx(planned, rel=0.01)


def test_the_shipped_protocols_are_what_the_short_one_is_made_of():
    assert "duration_s = 1140.0" in read_shipped("mesoglow").text
