"""Run all of RaceTime on this machine: `python -m racetime_embedded --source SOURCE`."""

import argparse
import os
import sys
import threading
import time
from collections.abc import Mapping, Sequence

from racetime_embedded.announce import announcement
from racetime_embedded.errors import PortError, RunError
from racetime_embedded.parts import Part, Plan, build_parts
from racetime_embedded.plan import make_plan, read_speed
from racetime_embedded.ports import is_free
from racetime_embedded.ready import wait_for_race
from racetime_embedded.supervise import Supervisor


def read_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="racetime_embedded", description=__doc__)
    parser.add_argument("--source", default="auto", help="which race to show")
    parser.add_argument("--speed", default="", help="race seconds a second, when not live")
    return parser.parse_args(arguments)


def check_ports(parts: Sequence[Part]) -> None:
    """Raise PortError when a part could not listen."""
    taken = [
        f"port {listening.port} is in use, and {part.name} needs it: "
        f"free it, or choose another with {listening.variable}"
        for part in parts
        for listening in part.listens
        if not is_free(listening.port)
    ]
    if len(taken) == sum(len(part.listens) for part in parts) > 1:
        taken = [f"every port is in use: RaceTime seems to run already. {taken[-1]}"]
    if taken:
        raise PortError("\n".join(taken))


def check_page(plan: Plan) -> None:
    """Raise RunError when the page was not built."""
    if not (plan.page_root / "index.html").is_file():
        raise RunError(f"the page is not built ({plan.page_root}): use `make run`")


def say(text: str) -> None:
    """Tell the person at the terminal, before the logs begin."""
    print(f"racetime: {text}", flush=True)


def run(plan: Plan, parts: list[Part], began: float) -> int:
    """Start the parts, keep them going, and print where the race is once it can be seen."""
    supervisor = Supervisor(parts)

    def announce() -> None:
        state = wait_for_race(plan.ports, parts, supervisor.stopping, supervisor.say)
        if state is not None:
            supervisor.say(announcement(plan.ports, state, time.monotonic() - began))

    threading.Thread(target=announce, daemon=True).start()
    return supervisor.run()


def main(arguments: Sequence[str] | None = None, environ: Mapping[str, str] | None = None) -> int:
    """Start everything and keep it going; answers the exit code."""
    began = time.monotonic()
    given = read_arguments(arguments)
    environ = os.environ if environ is None else environ
    try:
        plan = make_plan(given.source, read_speed(given.speed), environ, say)
        parts = build_parts(plan, environ)
        check_page(plan)
        check_ports(parts)
    except RunError as error:
        print(f"racetime: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return run(plan, parts, began)


if __name__ == "__main__":
    sys.exit(main())
