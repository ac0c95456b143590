"""Where the process starts: ``expertpost`` and ``python -m expertpost``."""

import gc
import sys

# A process that ends in a moment need not look for rings of garbage each 700 objects (Python's own threshold).
_THRESHOLD = 50_000


def main() -> None:
    """Run the command line and end the process with its exit code."""
    gc.set_threshold(_THRESHOLD)
    try:
        code = _run()
    except KeyboardInterrupt:
        # Also while modules are still being imported: nobody who interrupts wants to read where that was.
        sys.stderr.write("Interrupted.\n")
        code = 130
    # What is left goes with the process: Python need not look through all of it for rings of garbage once more.
    gc.freeze()
    raise SystemExit(code)


def _run() -> int:
    if sys.argv[1:] == ["--version"]:
        # Answered before anything heavy is imported: scripts ask this often.
        from expertpost import __version__

        sys.stdout.write(f"expertpost {__version__}\n")
        return 0
    from expertpost.cli import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    main()
