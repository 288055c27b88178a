"""`hoppo docs`: the pages that are made from the code."""

from pathlib import Path

import click

from hoppo.customs.catalogue import MESSAGES
from hoppo.customs.rules import BOOK
from hoppo.rulebook.describe import describe_rules
from hoppo.wire.describe import describe


def command_page() -> str:
    """Every command with its help, in Markdown."""
    from hoppo.cli.main import cli  # noqa: PLC0415 - main imports this command

    parts = ["# The command line\n", "Generated from the code by `hoppo docs`.\n"]

    def add(command: click.Command, name: str, parent: click.Context | None) -> None:
        # With its parent, so that a command's page has the options its parent gives it.
        context = click.Context(
            command,
            parent=parent,
            info_name=name,
            max_content_width=88,
            terminal_width=88,
            **command.context_settings,
        )
        parts.append(f"## {context.command_path}\n\n```\n{command.get_help(context)}\n```\n")
        if isinstance(command, click.Group):
            for inner in sorted(command.commands):
                add(command.commands[inner], inner, context)

    add(cli, "hoppo", None)
    return "\n".join(parts)


def pages() -> dict[str, str]:
    """The generated pages by file name."""
    return {
        "rules.md": describe_rules(BOOK),
        "messages.md": describe(MESSAGES),
        "cli.md": command_page(),
    }


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; fail when a page is stale.")
def docs(*, check: bool) -> None:
    """Write the generated pages of docs/ (rules, messages, command line)."""
    folder = Path("docs")
    if not folder.is_dir():
        message = "there is no docs folder here; run this in the project's own folder"
        raise click.ClickException(message)
    stale = []
    for name, text in pages().items():
        path = folder / name
        if path.exists() and path.read_text("utf-8") == text:
            continue
        stale.append(name)
        if not check:
            path.write_text(text, "utf-8")
    if check and stale:
        message = f"stale: {', '.join(stale)}; run hoppo docs and commit"
        raise click.ClickException(message)
    click.echo("docs are as the code says" if check or not stale else f"wrote {', '.join(stale)}")
