"""The command line: one lazily imported module a command, and one clear line for every error."""

import importlib
import sys
from collections.abc import Sequence

import click

COMMANDS = {
    "run": "Run a protocol on a bench: the main job.",
    "check": "Print the whole plan of a protocol before anything is connected.",
    "plan": "Plan the current for a goal, or say why it cannot be done.",
    "simulate": "Draw the prediction of a protocol; no bench is needed.",
    "plot": "Draw one or several sessions.",
    "report": "Write sessions up as one HTML page and a PDF.",
    "summary": "Print a short summary of a session.",
    "sessions": "List the sessions on disk.",
    "export": "Write a session as CSV.",
    "steps": "Write a protocol as a step table (CSV) for another unit.",
    "adopt": "Make a session of another unit's log: time, current, voltage.",
    "verify": "Check the chain of a session file.",
    "stop": "Ramp a running session down; twice is zero at once.",
    "pause": "Bring a running session to zero current; it can be resumed.",
    "resume": "Resume a paused session behind a contact check and a new ramp.",
    "compounds": "List the substances the model knows, with every number's source.",
    "assay": "Correct the dose of a session by receptor, donor or tape-strip assays.",
    "compare": "Compare needle, passive patch and current into the same tissue.",
    "course": "Add up a course of sessions, and draw it; refused where a site gets too much.",
    "cocktail": "Split a mixture of actives into steps that do not undo each other.",
    "validate": "Hold the flux model against published experiments, misses included.",
    "calibrate": "Fit transport number, electro-osmosis and permeability to receptor samples.",
    "instruments": "List what VISA sees, the driver that fits, and what is missing.",
    "doctor": "Check this computer and, on a resistor, a source; write it down.",
    "emulate": "Start an emulated instrument for any VISA client.",
}
SHARED_MODULES = {"stop": "steer", "pause": "steer", "resume": "steer"}
REFUSED = 1
BROKEN = 70


class LazyGroup(click.Group):
    """Import a command only when it is called, so that `stop` and `--help` answer at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order of their use."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module = SHARED_MODULES.get(cmd_name, cmd_name)
        found = getattr(importlib.import_module(f"iontophoresis.commands.{module}"), cmd_name)
        if not isinstance(found, click.Command):
            raise TypeError(cmd_name)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="""\b
Examples:
  iontophoresis run mesoglow            a session on the emulated bench
  iontophoresis check my_protocol.toml  what would happen, before anything is connected
  iontophoresis stop                    from another terminal: ramp down; twice: zero at once""",
)
@click.version_option(package_name="iontophoresis")
def cli() -> None:
    """Drive iontophoresis sessions on loads, excised skin and ex-vivo tissue.

    Research software for a bench current source, real or emulated. Living specimens are refused.
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status; no traceback reaches a user."""
    try:
        status = cli.main(args=arguments, prog_name="iontophoresis", standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("abandoned", err=True)
        return REFUSED
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except KeyboardInterrupt:
        click.echo("interrupted", err=True)
        return 130
    except BrokenPipeError:
        return 0
    except Exception as error:  # noqa: BLE001 - the last line of defense between a bug and a user
        return _explain(error)
    return status if isinstance(status, int) else 0


def _explain(error: Exception) -> int:
    from instruments.errors import InstrumentError  # noqa: PLC0415 - only when something failed
    from iontophoresis.errors import IontophoresisError  # noqa: PLC0415

    if isinstance(error, IontophoresisError | InstrumentError | OSError):
        click.echo(str(error), err=True)
        return REFUSED
    click.echo(f"internal error ({type(error).__name__}): {error}", err=True)
    click.echo("This is a bug of iontophoresis: please report it with the command.", err=True)
    return BROKEN


if __name__ == "__main__":
    sys.exit(main())
