"""Proof of possession: a key signs whose it is, so that nobody lists a key that they cannot use or that is another's.

The signature lies beside the key in ``people/<handle>.md``, where everybody can check it again.
"""

from collections.abc import Iterable, Mapping

from expertpost.model.canonical import canonical_json
from expertpost.model.people import People, Person, SigningKey
from expertpost.model.policy import Reason, Why
from expertpost.model.sshkey import fingerprint
from expertpost.store.keys import Key, key_in, sign, verify

NAMESPACE = "expertpost-key"
"""Another one than that of events: neither signature can pass for the other."""
_BEGIN, _END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"


def statement(workspace: str, handle: str, public: str) -> bytes:
    """What a key signs: in this workspace it belongs to this handle."""
    return canonical_json({"v": 1, "kind": "key", "workspace": workspace, "handle": handle, "key": public})


def proof_by(keys: Iterable[Key], workspace: str, handle: str, env: Mapping[str, str]) -> SigningKey | None:
    """The first of the keys that can sign here, with its proof; None where none can."""
    for key in keys:
        made = sign(key, statement(workspace, handle, key.public), env, NAMESPACE)
        if made:
            return SigningKey(key.public, proof="".join(made.splitlines()[1:-1]))
    return None


def is_proven(key: SigningKey, workspace: str, handle: str) -> bool:
    """Whether the key's own signature says that it is this handle's in this workspace."""
    body = "\n".join(key.proof[start : start + 70] for start in range(0, len(key.proof), 70))
    armoured = f"{_BEGIN}\n{body}\n{_END}"
    if not key.proof or key_in(armoured) != key.key:
        return False
    return verify(statement(workspace, handle, key.key), armoured, handle, key.key, NAMESPACE) is True


def unproven(workspace: str, people: People, person: Person) -> tuple[Reason, ...]:
    """What a proposed entry lacks: whose its new keys are must be signed by the keys themselves."""
    before = people.by_handle(person.handle)
    # A key that main lists already without a proof stays as it is; one that is new, or newly "proven", is checked.
    known = {key.key: key.proof for key in before.keys} if before else {}
    new = [key for key in person.keys if known.get(key.key) != key.proof]
    cure = "its owner proposes it: expertpost person rotate"
    return tuple(
        Reason(Why.NOT_APPROVED, f"a proof that {person.handle} has the key {fingerprint(key.key)} – {cure}")
        for key in new
        if not is_proven(key, workspace, person.handle)
    )
