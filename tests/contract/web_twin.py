"""What the twins of web services have in common: they want their token, and they show what they have taken."""

import json
from abc import abstractmethod
from collections.abc import Mapping
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit

from expertpost.testing.twin import Answer, Arrived, HttpTwin, Rejected, Request

TOKEN = "swordfish-swordfish-1"


def said(told: object, status: int = 200) -> Answer:
    """An answer in JSON."""
    return Answer(status, json.dumps(told).encode())


def query(request: Request) -> dict[str, str]:
    """The parameters in a request's address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(request.path).query).items()}


class WebTwin(HttpTwin):
    """A service on this machine. ``posts`` holds what it would show of each post, in its own words, oldest first.

    ``named``: what of a post a receipt names.
    """

    keyed = False
    token = TOKEN
    named = "id"

    def __init__(self) -> None:
        super().__init__(self.read, keyed=self.keyed, answer=self.answer)
        self.posts: list[dict[str, object]] = []
        self._numbers = count(1)

    def aside(self, request: Request) -> Answer | None:
        """Whoever does not show the token is nobody."""
        if not self.knows(request):
            return Answer(401, b'{"error": "who are you?"}')
        return self.tell(urlsplit(request.path).path, request)

    def knows(self, request: Request) -> bool:
        """Whether a request shows the token."""
        return request.headers.get("authorization") == f"Bearer {self.token}"

    def tell(self, path: str, request: Request) -> Answer | None:
        """The answer to a request that posts nothing; None for all others."""
        return None

    def show(self, post: dict[str, object]) -> dict[str, object]:
        """Keep a post as the service shows it, with a number of its own."""
        self.posts.append({"id": str(next(self._numbers)), **post})
        return self.posts[-1]

    def held(self) -> Mapping[str, str]:
        """The words of every post that readers see."""
        return {str(post[self.named]): str(post) for post in self.posts if self.is_seen(post)}

    def is_seen(self, _post: Mapping[str, object]) -> bool:
        """Whether readers see a post that is kept."""
        return True

    def post(self, name: str) -> dict[str, Any]:
        """The post of this name. Raises Rejected where it is gone."""
        (*_, found) = (None, *(post for post in self.posts if str(post[self.named]) == name))
        if found is None:
            raise Rejected(404, b'{"error": "it is not there"}')
        return found

    def remove(self, name: str) -> None:
        """Take the post of this name away."""
        self.posts.remove(self.post(name))

    @abstractmethod
    def read(self, request: Request) -> Arrived:
        """What arrived; raises Rejected for what the service would not take."""

    def answer(self, one: Arrived) -> Answer:
        """What the service tells of the post."""
        return said(self.posts[-1])


def demand(condition: object, why: str, status: int = 422) -> None:
    """Reject the request where the condition does not hold."""
    if not condition:
        raise Rejected(status, json.dumps({"error": why}).encode())
