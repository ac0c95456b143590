"""A service that counts, for tests of what came back."""

import json

from expertpost.testing.twin import Answer, Arrived, HttpTwin, Request


class Timeline(HttpTwin):
    """A Mastodon server on which every look at a status finds it liked once more; ``asked``: ids of these looks."""

    def __init__(self) -> None:
        super().__init__(self._read, answer=self._answered)
        self.asked: list[str] = []

    def _read(self, request: Request) -> Arrived:
        return Arrived(str(101 + len(self.arrived())), request.headers, json.loads(request.body)["status"])

    def _answered(self, one: Arrived) -> Answer:
        return Answer(body=json.dumps({"id": one.id, "url": f"{self.url}/@acme/{one.id}"}).encode())

    def aside(self, request: Request) -> Answer | None:
        """A status, with the mark of its delivery and what the server counts."""
        if request.method != "GET":
            return None
        self.asked.append(request.path.rpartition("/")[2])
        (one,) = (status for status in self.arrived() if status.id == self.asked[-1])
        told = {"favourites_count": len(self.asked), "replies_count": 2, "reblogs_count": -1, "account": "Bea Reader"}
        mark = f"#ep-{one.headers['idempotency-key'][:16]}"
        return Answer(body=json.dumps({**told, "content": mark}).encode())

    def change(self, request: Request) -> Answer | None:
        """A removal."""
        return Answer() if request.method == "DELETE" else None

    def channel(self) -> str:
        """The channel that leads here."""
        return (
            '[channels.toots]\npublisher = "mastodon"\nreaders = ["suppliers"]\nuser = "acme"\n'
            f'server = "{self.url}"\ntoken = {{ env = "HOOK_SECRET" }}\n'
        )
