"""`./demo`: play the story and leave the server running · `--once`: tear all down · `--stop`: end the server.

Exit status: 0 when every row of the verdict is good, 1 when one is not or a step failed, 130 after Ctrl-C.
"""

import argparse
import os
import signal
import sys
import time

from rich.markup import escape

from tools.demo import screen, server, verdict
from tools.demo.clients import USER, amiable, without_own_settings
from tools.demo.play import ACCOUNT, Play
from tools.demo.server import PROGRAMS, DemoError, Server
from tools.demo.story import STEPS, tear_down


def main() -> int:
    """Returns the exit status."""
    words = argparse.ArgumentParser(
        prog="./demo", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    choice = words.add_mutually_exclusive_group()
    choice.add_argument("--once", action="store_true", help="tear all down at the end")
    choice.add_argument("--stop", action="store_true", help="end the server, its machines and its networks")
    said = words.parse_args()
    if os.geteuid() != 0:
        words.error("amiable makes network namespaces and starts machines: run this as root.")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    without_own_settings()
    chosen = server.configured()
    try:
        if said.stop:
            server.stop(chosen)
            screen.console.print(f"Nothing runs any more. Images and state are in {chosen.data_dir}.")
            return 0
        if said.once and server.is_running(chosen):
            raise DemoError(f"A server runs on {chosen.data_dir} already. End it first: ./demo --stop")
        return play_once(chosen) if said.once else play_on(chosen)
    except DemoError as stopped:
        screen.console.print(f"\n[bold red]{escape(str(stopped))}[/]")
        return 1
    except KeyboardInterrupt:
        screen.console.print("\nInterrupted. What still runs ends with: ./demo --stop")
        return 130


def play_on(chosen: Server) -> int:
    """The story; the server goes on."""
    play = Play(chosen)
    good = tell_story(play)
    say_how_to_go_on(play)
    return 0 if good else 1


def play_once(chosen: Server) -> int:
    """The story, then all that it made is taken away; after a failure at least all that runs."""
    play = Play(chosen)
    try:
        good = tell_story(play)
        with screen.step(len(STEPS) + 2, len(STEPS) + 2, "Tear all down") as tell:
            tear_down(play, tell)
    finally:
        server.stop(chosen)
    screen.console.print(
        f"\nNothing runs any more. The base image stays in {chosen.data_dir} for the next run."
    )
    return 0 if good else 1


def tell_story(play: Play) -> bool:
    """Every step; whether the verdict is good. Raises DemoError."""
    begin, count = time.monotonic(), len(STEPS) + 1
    with screen.step(1, count, "Start the server") as tell:
        tell("the first start tries whether KVM boots a kernel here")
        screen.command(["amiable", "serve"])
        fresh = server.start(play.server)
        screen.note(
            f"{play.server.url} {'answers' if fresh else 'runs already'}; data in {play.server.data_dir}"
        )
    for number, (title, act) in enumerate(STEPS.items(), start=2):
        with screen.step(number, count, title) as tell:
            act(play, tell)
    screen.console.print()
    good = verdict.show(play.rows)
    total = screen.clock(time.monotonic() - begin)
    screen.console.print(
        f"\n[bold green]Everything arrived, in {total}.[/]"
        if good
        else f"\n[bold red]Not everything is as it should be ({total}).[/]"
    )
    return good


def say_how_to_go_on(play: Play) -> None:
    """What a person may type next."""
    address = play.production["PublicIpAddress"]
    lines = (
        f"export PATH={PROGRAMS}:$PATH",
        f"export AMIABLE_DATA_DIR={play.server.data_dir} AMIABLE_LISTEN={play.server.listen}",
        'eval "$(amiable env)"',
        "aws ec2 describe-images --owners self --query 'Images[].[ImageId,Name,State]' --output table",
        "amiable instance list",
        "amiable instance console production",
        "amiable console   # a link to the web console, signed in",
        f"ssh -i {play.key} {USER}@{address}",
        f"curl http://{address}/",
        "./demo --stop   # ends the server, its machines and its networks; images stay",
    )
    screen.console.print(f"\nThe server goes on at [bold]{play.server.url}[/]. Go on with:\n")
    for line in lines:
        screen.typed(line)
    link = amiable(play.server, "console", "--account", ACCOUNT).strip()
    screen.console.print(f"\nOr with the mouse (this link signs in once, within ten minutes):\n\n   {link}\n")


if __name__ == "__main__":
    sys.exit(main())
