"""Templates that may come from a workspace, which others write to: a small language, filled in without any danger.

Names, a few filters, conditions and loops over the given lists are understood. So no template can run anything, or run
for long: there is nothing to call, and what filters may make is measured before they make it (jinja2's sandbox alone
does not stop ``'a' * 10**9``, nor ``title|join(title|join(title))``).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from expertpost.errors import Failure

if TYPE_CHECKING:
    from jinja2 import Template
    from jinja2.nodes import Node
    from jinja2.runtime import Context
    from jinja2.sandbox import ImmutableSandboxedEnvironment

MAX_TEMPLATE = 20_000
"""Characters of the longest template of a workspace."""
MAX_RESULT = 200_000
"""Characters of the longest text that a template may make."""
_NODES = frozenset(
    {
        "Template",
        "Output",
        "TemplateData",
        "Name",
        "Const",
        "Filter",
        "If",
        "For",
        "Not",
        "And",
        "Or",
        "Compare",
        "Operand",
    }
)
_FILTERS = frozenset({"yaml", "join", "lower", "upper", "title", "trim", "first", "last", "length"})
_PURSE = ""
"""Under this name, which no template can write, lies what its filters may still take."""


@dataclass(slots=True)
class _Purse:
    """How many characters the filters of one filling may still be given."""

    left: int = MAX_RESULT

    def pay(self, value: object, said: Sequence[object]) -> None:
        """Pay for a filter before it works: its value, and what it may put between each two things in that."""
        texts = [str(each) for each in value] if isinstance(value, list | tuple) else [str(value)]
        between = sum(len(str(each)) for each in said)
        self.left -= sum(map(len, texts)) + between * (len(texts) if len(texts) != 1 else len(texts[0]))
        if self.left < 0:
            raise ValueError(f"its filters take more than {MAX_RESULT:,} characters")


def fill(
    source: str,
    given: Mapping[str, object],
    where: str,
    *,
    filters: Mapping[str, Callable[..., str]] = {},
    written: Callable[[object], object] | None = None,
) -> str:
    """A template filled in; ``written`` says how each value is written into it.

    Raises Failure XP-TEMPLATE, with ``where`` the template lies.
    """
    from jinja2 import TemplateError

    try:
        parts = _compiled(source, where, tuple(filters.items()), written).generate({**given, _PURSE: _Purse()})
        made = ""
        while len(made) <= MAX_RESULT and (part := next(parts, None)) is not None:
            made += part
    except (TemplateError, RecursionError, TypeError, ValueError) as wrong:
        raise _bad(f"cannot be filled in: {str(wrong)[:200]}", where) from wrong
    if len(made) > MAX_RESULT:
        raise _bad(f"makes more than {MAX_RESULT:,} characters", where)
    return made


@lru_cache(maxsize=64)
def _compiled(
    source: str,
    where: str,
    filters: Sequence[tuple[str, Callable[..., str]]],
    written: Callable[[object], object] | None,
) -> "Template":
    """The template, understood; a hundred pieces ask for the same few."""
    if len(source) > MAX_TEMPLATE:
        raise _bad(f"has {len(source):,} characters, more than {MAX_TEMPLATE:,}", where)
    environment, plain = sandbox("{", "}"), sandbox("{", "}")
    plain.filters |= dict(filters)
    environment.filters = {name: _paid(plain, name) for name in _FILTERS & plain.filters.keys()}
    environment.finalize = written
    _only_small_language(environment, source, where)
    return environment.from_string(source)


def _paid(plain: "ImmutableSandboxedEnvironment", name: str) -> Callable[..., object]:
    """A filter that pays first. It depends on the filling, so none is tried out while the template is compiled."""
    from jinja2 import pass_context

    @pass_context
    def paid(context: "Context", value: object, *said: object) -> object:
        context[_PURSE].pay(value, said)
        return plain.call_filter(name, value, said, context=context)

    return paid


def sandbox(opens: str, closes: str) -> "ImmutableSandboxedEnvironment":
    """Jinja with ``{{ name }}`` and ``{% if … %}``, or the same in other brackets."""
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    return ImmutableSandboxedEnvironment(
        variable_start_string=opens * 2,
        variable_end_string=closes * 2,
        block_start_string=opens + "%",
        block_end_string="%" + closes,
        comment_start_string=opens + "#",
        comment_end_string="#" + closes,
        undefined=StrictUndefined,
        autoescape=False,  # Markdown and settings, never HTML
        keep_trailing_newline=True,
    )


def _only_small_language(environment: "ImmutableSandboxedEnvironment", source: str, where: str) -> None:
    from jinja2.nodes import Filter, For, Name

    def judge(node: "Node", loops: int) -> None:
        kind = type(node).__name__
        if kind not in _NODES or (isinstance(node, Filter) and node.name not in _FILTERS):
            raise _bad(f"line {node.lineno}: {getattr(node, 'name', kind)} is not available in a template", where)
        if isinstance(node, For) and (loops or not isinstance(node.iter, Name)):
            raise _bad(f"line {node.lineno}: only a simple loop over one of the lists is available", where)
        for child in node.iter_child_nodes():
            judge(child, loops + isinstance(node, For))

    judge(environment.parse(source), 0)


def _bad(what: str, where: str) -> Failure:
    cure = "mend it, or remove it: a packaged one serves then"
    return Failure("XP-TEMPLATE", f"the template {what}", cure, where=where)
