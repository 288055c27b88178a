"""`hoppo simulate`: write a city's day as CEB XML, with the truth about every list."""

from pathlib import Path

import click

from hoppo.simulation import city


@click.command("simulate")
@click.option("--seed", type=int, default=1, show_default=True, help="Same seed, same bytes.")
@click.option("--orders", type=click.IntRange(min=1), default=1000, show_default=True)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True)
def simulate(seed: int, orders: int, out: Path) -> None:
    """Make a city's day: messages, enterprises.csv, certificates, truth.jsonl.

    Everybody in it is invented. 生成模拟城市的一天；其中的人员和企业均为虚构。
    """
    try:
        made = city.simulate(seed, orders, out)
    except OSError as fault:
        raise click.ClickException(f"{fault} 无法写入输出目录。") from fault
    click.echo(
        f"{made.orders} orders in {made.messages} messages, {made.lists} lists: {out}"
        f" 已生成{made.orders}个订单、{made.messages}份报文、{made.lists}份清单。"
    )
    for status, count in sorted(made.statuses.items()):
        click.echo(f"  {status:>8}  {count}")
