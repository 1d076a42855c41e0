"""Run scripts in an embedded Lua that reaches nothing but the instrument.

A script gives way at `delay`, at `trigger.wait` and while something is measured or switched; it is
ended when it runs on without giving way, so that no script can hang a bench. What a script may not
exceed - range, limit, interlock - is refused by the instrument it acts on, never here.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from functools import partial
from importlib import resources
from typing import Any

from lupa import lua52

from instruments.emulation.ieee4882 import ScpiError
from instruments.emulation.tsp_host import Pause, ScriptHost
from instruments.emulation.tsp_tree import Attribute, Function, ScriptError, Space, Word

__all__ = ["Processor"]

_MEMORY = 32 * 1024 * 1024
# Lua 5.0, the language of these instruments, has neither; a script that used them would fail there.
_YOUNGER = re.compile(
    r"""--\[\[.*?\]\]|--[^\n]*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|([%#&|~]=?)""", re.DOTALL
)
_PLACE = re.compile(r"^line:(\d+): ")


class Processor:
    """Hold one run-time environment, from power-on to power-off.

    Parameters
    ----------
    tree : Space
        What scripts can reach.
    host : ScriptHost
        What the instrument does for them.
    """

    def __init__(self, tree: Space, host: ScriptHost) -> None:
        self._host = host
        self._spaces: dict[str, Space] = {"": tree}
        self._lua = lua52.LuaRuntime(
            register_eval=False,
            register_builtins=False,
            unpack_returned_tuples=True,
            attribute_filter=_nothing,
            encoding="latin-1",
            max_memory=_MEMORY,
        )
        code = resources.files(__package__).joinpath("tsp_sandbox.lua").read_text("utf-8")
        self._table = self._lua.table_from(
            {
                "get": self._get,
                "set": self._set,
                "call": self._call,
                "count": self._count,
                "functions": self._functions,
                "duration": self._duration,
                "write": host.write,
                "digits": host.digits,
                "binary": host.binary,
                "write_reals": self._write_reals,
                "take_trigger": lambda: (True, "", host.take_trigger()),
                "time": host.time_s,
                "save": host.save,
                "forget": host.forget,
            },
        )
        self._lua.execute(code, self._table)
        for name, item in tree.items():
            self._install("", name, item)
        self._table.install_trigger()

    def add_space(self, path: str, space: Space) -> Word:
        """Add a table that is made while scripts run, such as a reading buffer.

        Parameters
        ----------
        path : str
            Name that no other table has.
        space : Space
            What it holds.

        Returns
        -------
        Word
            What a function gives back for it.
        """
        # Nothing may be called in Lua from here: this runs inside a call that Lua made.
        self._spaces[path] = space
        return Word("\1" + path)

    def _install(self, parent: str, name: str, item: Attribute | Function | Space) -> None:
        path = f"{parent}.{name}" if parent else name
        if isinstance(item, Function):
            self._table.install_function(parent, name, item.duration is not None)
        elif not isinstance(item, Attribute):
            self._install_space(path, item)
            self._table.install_space(path, parent or None, name)

    def _install_space(self, path: str, space: Space) -> None:
        self._spaces[path] = space
        for name, item in space.items():
            self._install(path, name, item)

    def start(self, code: str) -> Pause | None:
        """Compile a line or script and run it until it gives way.

        Parameters
        ----------
        code : str
            What to run.

        Returns
        -------
        Pause or None
            None once it has ended.
        """
        run = self._compiled(code)
        return None if run is None else self._outcome(self._table.start, run)

    def _compiled(self, code: str) -> Any:
        if younger := [hit[1] for hit in _YOUNGER.finditer(code) if hit[1] and hit[1] != "~="]:
            self._host.report(-285, f"unexpected symbol near `{younger[0]}'")
            return None
        try:
            ok, run = self._table.compile(code)
        except lua52.LuaError as error:
            self._host.report(-286, _told(str(error) or "not enough memory"))
            return None
        if not ok:
            self._host.report(-285, _told(run))
        return run if ok else None

    def add_script(self, name: str, source: str, *, run: bool) -> Pause | None:
        """Keep a script under a name, and run it if asked.

        Parameters
        ----------
        name : str
            Name; empty for the anonymous script.
        source : str
            Its text.
        run : bool
            Whether to run it now.

        Returns
        -------
        Pause or None
            Where it gave way.
        """
        ready = self._compiled(source)
        if ready is None:
            return None
        add = partial(self._table.add_script, name, source)
        pause = self._outcome(lambda _: add(), None)
        return self._outcome(self._table.start, ready) if run else pause

    def go_on(self, value: object) -> Pause | None:
        """Resume the script.

        Parameters
        ----------
        value : object
            What it waited for.

        Returns
        -------
        Pause or None
            Where it gave way next.
        """
        return self._outcome(self._table.go_on, value)

    def _outcome(self, step: Callable[[Any], tuple[str, Any]], value: object) -> Pause | None:
        try:
            kind, what = step(value)
        except lua52.LuaError as error:
            kind, what = "error", str(error) or "not enough memory"
        if kind == "error":
            self._host.report(-286, _told(str(what)))
        return Pause(kind, float(what)) if kind in {"busy", "delay", "trigger"} else None

    def _get(self, path: str, key: Any) -> tuple[Any, ...]:
        item = self._spaces[path].get(key) if isinstance(key, str) else None
        if isinstance(item, Attribute) and item.read is not None:
            return self._guarded(item.read)
        return False, f"no attribute {path}.{key}"

    def _set(self, path: str, key: Any, value: Any) -> tuple[Any, ...]:
        item = self._spaces[path].get(key) if isinstance(key, str) else None
        write = item.write if isinstance(item, Attribute) else None
        if write is None:
            return False, f"cannot modify {path}.{key}"
        answer = self._guarded(lambda: write(value))
        self._host.refresh()
        return answer

    def _call(self, path: str, name: str, *given: Any) -> tuple[Any, ...]:
        return self._guarded(lambda: self._function(path, name).call(*given))

    def _write_reals(self, *values: float) -> None:
        self._host.write("#0" + struct.pack(f"<{len(values)}f", *values).decode("latin-1"))

    def _functions(self, path: str) -> str:
        items = self._spaces[path].items()
        return " ".join(name for name, item in items if isinstance(item, Function))

    def _count(self, path: str, name: str) -> tuple[Any, ...]:
        return True, "", self._function(path, name).count()

    def _duration(self, path: str, name: str, index: float) -> tuple[Any, ...]:
        duration = self._function(path, name).duration
        return True, "", 0.0 if duration is None else duration(int(index))

    def _function(self, path: str, name: str) -> Function:
        item = self._spaces[path][name]
        if not isinstance(item, Function):
            raise ScriptError(f"{path}.{name} is no function")
        return item

    def _guarded(self, act: Callable[[], Any]) -> tuple[Any, ...]:
        """Do something for a script; an error of the instrument goes to its queue, and nil back."""
        try:
            value = act()
        except ScpiError as error:
            self._host.report(error.code, error.detail)
            return True, "", None
        except ScriptError as error:
            return False, str(error)
        except TypeError:
            return False, "wrong parameters"
        if isinstance(value, Word):
            is_space = value.startswith("\1")
            return (True, "space", value[1:]) if is_space else (True, "enum", str(value))
        if isinstance(value, list):
            return True, "list", ",".join(map(repr, value))
        return (True, "", *value) if isinstance(value, tuple) else (True, "", value)


def _nothing(_: object, name: object, *, is_setting: bool = False) -> object:  # noqa: ARG001 - lupa's signature
    raise AttributeError(f"no attribute {name}")


def _told(complaint: str) -> str:
    return _PLACE.sub(r"at line \1: ", complaint)[:200]
