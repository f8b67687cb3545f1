"""`amiable doctor`: can this host run machines? Every fact with the fix for it."""

import click

from amiable.cli.options import json_option, settings
from amiable.cli.output import print_json, print_table
from amiable.compute import accelerator, doctor

# Without these machines run too: slower, or only those that boot by BIOS.
OPTIONAL = ("kvm", "uefi")


@click.command("doctor")
@json_option
@click.pass_context
def command(context: click.Context, as_json: bool) -> None:
    """Check this host: KVM, QEMU, nftables, namespaces, disk space. Prints the fix for each.

    Exits with 1 when something is missing that machines cannot do without.
    """
    chosen = settings()
    name = accelerator.choose(chosen.accelerator, chosen.data_dir / "accelerator.json")
    found = doctor.checks(chosen.data_dir, name, chosen.uid_base, chosen.uid_count)
    rows = [
        {
            "Name": check.name,
            "Ok": check.ok,
            "Required": check.name not in OPTIONAL,
            "Detail": check.detail,
            "Remedy": check.remedy,
        }
        for check in found
    ]
    if as_json:
        print_json(rows)
    else:
        print_table(
            rows,
            [
                ("", lambda row: "✓" if row["Ok"] else "✗" if row["Required"] else "!"),
                ("CHECK", lambda row: row["Name"]),
                ("FOUND", lambda row: row["Detail"]),
            ],
            "",
        )
        for row in rows:
            if row["Remedy"]:
                click.echo(f"\nFix for {row['Name']}: {row['Remedy']}")
    if any(row["Required"] and not row["Ok"] for row in rows):
        context.exit(1)
