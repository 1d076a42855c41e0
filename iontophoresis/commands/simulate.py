"""`simulate`: the prediction of a protocol, without any instrument."""

from pathlib import Path

import click


@click.command(
    epilog="""\b
Examples:
  iontophoresis simulate mesoglow
  iontophoresis simulate my_protocol.toml --output prediction.pdf"""
)
@click.argument("protocol")
@click.option(
    "--bench",
    type=click.Path(path_type=Path, dir_okay=False),
    help="bench file whose limits apply; default: those of the emulated bench",
)
@click.option(
    "--output",
    "outputs",
    type=click.Path(path_type=Path, dir_okay=False),
    multiple=True,
    help="file ending in .png, .svg or .pdf, may be repeated; default: NAME_prediction.png here",
)
def simulate(protocol: str, bench: Path | None, outputs: tuple[Path, ...]) -> None:
    """Draw what a protocol is expected to do: voltage, charge, amount per layer, depth profile.

    PROTOCOL is a file, or the name of one that ships. Nothing is connected.
    """
    from iontophoresis import bench as benches
    from iontophoresis import protocol as protocols
    from iontophoresis.plan import prepare
    from iontophoresis.view.figures import prediction_figure, save_figure

    plan = prepare(protocols.load(protocol), benches.load(bench))
    for channel in plan.channels:
        for cell in channel.cells:
            for prediction in cell.predictions:
                where = "perfused living tissue" if prediction.perfused else prediction.preparation
                click.echo(f"channel {channel.channel.name}, {cell.cell.id}, {where}:")
                for amount in prediction.amounts:
                    click.echo(
                        f"  {amount.layer.replace('_', ' '):16} {amount.p50_ug_per_cm2:9.3g} ug/cm2"
                        f"  ({amount.p05_ug_per_cm2:.3g} to {amount.p95_ug_per_cm2:.3g}, 5–95 %)"
                    )
    figure = prediction_figure(plan)
    for path in outputs or (Path(f"{Path(protocol).stem}_prediction.png"),):
        click.echo(save_figure(figure, path))
