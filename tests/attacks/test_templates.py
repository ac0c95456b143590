"""Hostile templates in a workspace: none runs anything, none runs long."""

import time

import pytest

from expertpost.errors import Failure
from expertpost.flows.scaffold import fill_piece
from expertpost.render.template import MAX_TEMPLATE

GIVEN = {"title": "T" * 300, "id": "I", "topics": ["a", "b"], "authors": ["me"], "kind": '"', "long": ["a"] * 1_000}
EVIL = [
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ title.format(title) }}",
    "{{ title|attr('__class__') }}",
    "{{ 'a' * 10**9 }}",
    "{{ 'a'|center(2000000000) }}",
    "{{ 'a' ~ title }}",
    "{{ range(10**9)|join }}",
    "{% for a in range(1000000000) %}x{% endfor %}",
    "{% for a in topics %}{% for b in topics %}x{% endfor %}{% endfor %}",
    "{% set x = 'aaaaaaaaaa' %}{% set x = x ~ x %}{{ x }}",
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}",
    "{% extends 'x' %}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{% filter upper %}x{% endfilter %}",
    "{{ topics.append('x') }}",
    "{{ topics|map('upper')|list }}",
    "{{ title|replace('T', 'TTTTTTTTTTTT') }}",
    "{{ title|join(title|join(title|join(title|join(title)))) }}",
    "{{ title" + "|join('abcdefghijk')" * 8 + " }}",
    "{{ 'abcdefghijk'" + "|join('abcdefghijk')" * 8 + " }}",
    "{{ kind" + "|yaml" * 60 + " }}",
    "{% for t in long %}{{ long|join('x') }}{% endfor %}",
    "{% for t in long %}" + "x" * 19_000 + "{% endfor %}",
    "{% for t in long %}{% if long|join('x')|length == 1 %}x{% endif %}{% endfor %}",
    "{{ nothing }}",
    "{{ title",
    "{% if title %}",
    "{{ " + "(" * 900 + "title" + ")" * 900 + " }}",
    "{{ " + "not " * 4000 + "title }}",
    "x" * (MAX_TEMPLATE + 1),
]


@pytest.mark.parametrize("source", EVIL, ids=range(len(EVIL)))
def test_a_hostile_template_is_refused_at_once(source: str) -> None:
    """Attributes, calls, arithmetic, nested loops: what could escape or explode is not even understood."""
    began = time.monotonic()
    with pytest.raises(Failure) as refused:
        fill_piece(source, GIVEN, "templates/note.md.j2")

    assert ("XP-TEMPLATE", "templates/note.md.j2") == (refused.value.code, refused.value.where)
    assert 2 > time.monotonic() - began


def test_what_templates_are_for_still_works() -> None:
    """Names, the known filters, conditions and one loop are enough for a template."""
    loop = "{% for t in topics %}{{ t | upper }},{% endfor %}"
    source = "{% if title and not topics == 'x' %}" + loop + "{{ title|yaml }}{% endif %}"

    assert "A,B,T" == fill_piece(source, {**GIVEN, "title": "T"}, "")
