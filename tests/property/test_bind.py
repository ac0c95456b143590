"""Laws of binding: what was sent is the approved post, filled in, and nothing of a recipient is kept."""

from hypothesis import given
from hypothesis import strategies as st

from expertpost.model.canonical import canonical_json
from expertpost.model.post import Post, bind, bind_json, keepable, placeholder

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NAMES = st.sampled_from(["url", "url_html", "reply_to", "date", "key"])
PERSONAL = st.sampled_from(["recipient", "unsubscribe", "unsubscribe_html", "token"])


def parts(names: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Texts with placeholders between their words."""
    return st.lists(TEXTS | names.map(placeholder), max_size=4).map("".join)


@given(st.lists(parts(NAMES), max_size=3), parts(NAMES), st.dictionaries(NAMES, TEXTS))
def test_filling_in_canonical_json_is_what_bind_does(said: list[str], link: str, some: dict[str, str]) -> None:
    """From the kept post and the kept values comes, byte for byte, what was sent."""
    post = Post(tuple(said), (("subject", link),), link=link)
    values = dict.fromkeys(post.placeholders, "") | some

    sent = bind(post, values)
    assert canonical_json(sent.content) == bind_json(canonical_json(post.content), keepable(post, values))


@given(parts(PERSONAL | NAMES), st.dictionaries(PERSONAL | NAMES, TEXTS))
def test_nothing_of_a_recipient_is_kept(said: str, values: dict[str, str]) -> None:
    """Of the values only those that are the same for every reader are kept, and none that the post has no place for."""
    post = Post((said,))

    assert {"url", "url_html", "reply_to", "date", "key"} & post.placeholders & values.keys() == dict(
        keepable(post, values)
    ).keys()
