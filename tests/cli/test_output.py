"""How the command line tells what stopped a verb."""

from typing import NoReturn

from expertpost.cli.output import was_interrupted


class Interrupts:
    """Something in a class that is interrupted while the class is being built."""

    def __set_name__(self, owner: type, name: str) -> NoReturn:
        raise KeyboardInterrupt


def build() -> BaseException:
    """What Python raises for an interrupt in the middle of a class statement."""
    try:
        type("Interrupted", (), {"one": Interrupts()})
    except (KeyboardInterrupt, RuntimeError) as stopped:
        return stopped
    raise AssertionError


def test_an_interrupt_while_a_class_is_built_is_an_interrupt() -> None:
    """Ctrl-C during an import is told as an interrupt, also where Python wraps it."""
    assert was_interrupted(build())


def test_an_interrupt_behind_a_failed_clean_up_is_an_interrupt() -> None:
    """Ctrl-C is told as an interrupt, also where cleaning up failed because of it."""
    failed = OSError("the folder is gone")
    failed.__context__ = KeyboardInterrupt()

    assert was_interrupted(failed)


def test_a_bug_is_no_interrupt() -> None:
    """What nobody interrupted is told as what it is."""
    assert not was_interrupted(ValueError("a bug"))
