"""Alarms reach a command and a page on this computer, and no other computer."""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from iontophoresis import bench, protocol
from iontophoresis.alarming import AlarmSettings, telling
from iontophoresis.errors import InputError


@pytest.fixture
def page():
    heard = []

    class Page(BaseHTTPRequestHandler):
        def do_POST(self):
            heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/alarm", heard
        server.shutdown()
        thread.join()


def test_an_alarm_reaches_the_command_and_the_page(page, tmp_path, monkeypatch):
    # A proxy is another computer: it must not hear of what is for this one.
    monkeypatch.setenv("http_proxy", "http://192.0.2.1:9")
    address, heard = page
    note = tmp_path / "note"
    script = "import sys, pathlib; pathlib.Path(sys.argv[1]).write_text(sys.argv[2])"
    settings = AlarmSettings(command=(sys.executable, "-c", script, str(note)), webhook=address)
    failures = []
    with telling(settings, "s1", failures.append) as alarms:
        alarms.tell("settings", "range changed; $(rm x)")
    assert failures == []
    assert note.read_text() == "s1: settings: range changed; $(rm x)"
    assert heard == [{"session": "s1", "code": "settings", "text": "range changed; $(rm x)"}]


def test_whoever_cannot_be_told_is_named():
    settings = AlarmSettings(command=("/nowhere/at/all",), webhook="http://127.0.0.1:9/alarm")
    failures = []
    with telling(settings, "s1", failures.append) as alarms:
        alarms.tell("settings", "range changed")
    assert sorted(text.split(" ")[0] for text in failures) == ["alarms.command", "alarms.webhook"]


@pytest.mark.parametrize(
    "address",
    [
        "http://192.0.2.1/alarm", "https://127.0.0.1/alarm", "file:///etc/passwd",
        "http://localhost.example.org/x", "http://127.0.0.1@192.0.2.1/", "ftp://127.0.0.1/",
        "http://127.0.0.1:99999/", "http://localhost/", "",
    ],
)  # fmt: skip
def test_only_this_computer_may_be_told(tmp_path, address):
    text = bench.load().source_text + f'\n[alarms]\nwebhook = "{address}"\n'
    path = tmp_path / "b.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"alarms\.webhook"):
        bench.load(path)


def test_a_protocol_names_no_command(tmp_path):
    text = protocol.load("mesoglow").source_text + '\n[alarms]\ncommand = ["reboot"]\n'
    path = tmp_path / "p.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="alarms"):
        protocol.load(path)
