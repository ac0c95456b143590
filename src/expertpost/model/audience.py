"""Who may read: named sets of readers and the one rule, readers ⊆ audience."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

PUBLIC = "public"
COLLEAGUES = "colleagues"
_ANYONE = "*"


@dataclass(frozen=True, slots=True)
class Audience:
    """A named set of readers. ``includes_colleagues``: colleagues may read whatever these readers may."""

    name: str
    says: str
    includes_colleagues: bool = True


BUILT_IN = (
    Audience(COLLEAGUES, "everyone who works here"),
    Audience("suppliers", "those who supply us"),
    Audience("customers", "those who buy from us"),
    Audience(PUBLIC, "everyone"),
)


@dataclass(frozen=True, slots=True)
class Audiences:
    """The table of audiences of one workspace: the built-in four and the configured ones."""

    named: Mapping[str, Audience] = field(default_factory=lambda: {a.name: a for a in BUILT_IN})

    def readers_of(self, names: Iterable[str]) -> frozenset[str]:
        """The union of the named audiences as a set of groups of people.

        Raises KeyError for an unknown name: what cannot be decided is never allowed.
        """
        found: set[str] = set()
        for name in names:
            audience = self.named[name]
            found.add(name)
            if name == PUBLIC:
                found.update(self.named, {_ANYONE})
            elif audience.includes_colleagues:
                found.add(COLLEAGUES)
        return frozenset(found)

    def may_read(self, readers: Iterable[str], audience: Iterable[str]) -> bool:
        """Whether everyone among ``readers`` belongs to ``audience``: readers ⊆ audience, default-deny.

        An unknown or empty set of readers or an unknown audience is False.
        """
        try:
            wanted, allowed = self.readers_of(readers), self.readers_of(audience)
        except KeyError:
            return False
        return bool(wanted) and wanted <= allowed
