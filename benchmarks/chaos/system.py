"""Run parts under the supervisor of the embedded run: `python -m benchmarks.chaos.system FILE`.

The file is a JSON list of parts. Each part writes its process id into a folder, so that it can be
killed from outside as the system would.
"""

import json
import shlex
import sys
from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path

from racetime_embedded.parts import Part
from racetime_embedded.supervise import Supervisor


def write_parts(parts: Iterable[Part], file: Path, pids: Path) -> None:
    """Write what is to be run, and where process ids go."""
    pids.mkdir(parents=True, exist_ok=True)
    noted = []
    for part in parts:
        note = f"echo $$ > {shlex.quote(str(pids / part.name))}"
        # What is executed keeps the shell's process id.
        noted.append(asdict(replace(part, command=f"{note}; {part.command}", listens=())))
    file.write_text(json.dumps(noted))


def main() -> int:
    """Run until told to stop."""
    parts = [Part(**{**one, "listens": ()}) for one in json.loads(Path(sys.argv[1]).read_text())]
    return Supervisor(parts).run()


if __name__ == "__main__":
    sys.exit(main())
