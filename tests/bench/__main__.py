"""Run the named measurements, or all, each in a process of its own: settings are read once in a process.

`python -m tests.bench [name…]`; the options behind a single name are that measurement's own.
"""

import importlib
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
NAMES = sorted(
    {path.stem for path in HERE.glob("[a-z]*.py") if not path.stem.startswith("test_")}
    | {path.parent.name for path in HERE.glob("[a-z]*/__init__.py")}
)


def main(words: list[str]) -> int:
    """0 when every measurement ran; an unknown name is told together with the known ones."""
    first = next((place for place, word in enumerate(words) if word.startswith("-")), len(words))
    names, options = words[:first], words[first:]
    if options and len(names) != 1:
        sys.stderr.write(f"python -m tests.bench [name…]; options belong to one name of {', '.join(NAMES)}\n")
        return 0 if options == ["--help"] else 2
    unknown = set(names) - set(NAMES)
    if unknown:
        sys.stderr.write(f"no measurement {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}\n")
        return 2
    if len(names) == 1:
        run = importlib.import_module(f"tests.bench.{names[0]}").run
        return int((run(print, options) if options else run(print)) or 0)
    failed = 0
    for name in names or NAMES:
        print(f"== {name}", flush=True)
        failed |= subprocess.run([sys.executable, "-m", "tests.bench", name], check=False).returncode
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
