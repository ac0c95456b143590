"""What is written to deceive, and what must not leave the house: found, without crying wolf."""

from dataclasses import replace

import pytest
from tests.unit.checked import codes, context, file, found

from expertpost.checks import beside, disguise, leaks
from expertpost.checks.context import Beside
from expertpost.testing.samples import PICTURE


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            "Plain, Grüße, 日本語, Привет, العربية, 👩‍🔬 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e007f",
            [],
        ),
        ("می‌خواهم and हिन्‍दी", []),
        ("שלום \u2066English\u2069 שלום", []),
        ("admin\u202e gnp.exe", ["XP-BIDI"]),
        ("access \u2066open", ["XP-BIDI"]),
        ("שלום \u202eabc\u202c", ["XP-BIDI"]),
        ("a\x1b[2Jb", ["XP-INVISIBLE"]),
        ("ignore\U000e0041\U000e0042 this", ["XP-INVISIBLE"]),
        ("place\ue000holder", ["XP-INVISIBLE"]),
        ("soft\u00adhyphen", ["XP-INVISIBLE"]),
        ("pasted \u200e23.11.2026", ["XP-INVISIBLE"]),
        ("\u200fשלום abc\u200e", []),
        ("```\nif x:\u202e\n```\n", ["XP-BIDI"]),
    ],
)
def test_characters_that_nobody_sees(body: str, expected: list[str]) -> None:
    """Bidi tricks, hidden text and escapes are told, in code too; scripts that need joiners are left alone."""
    assert expected == found(disguise.invisible_characters, body)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("kΩ and μm and Δt and Привет and naïve and 5µm", []),
        ("p\u0430ypal", ["XP-LOOK-ALIKE"]),
        ("\u0421isco and \u0391cme", ["XP-LOOK-ALIKE", "XP-LOOK-ALIKE"]),
    ],
)
def test_letters_that_only_look_latin(body: str, expected: list[str]) -> None:
    """A Latin word with a foreign look-alike in it is told; units, formulas and other languages are not."""
    assert expected == found(disguise.look_alikes, body)


def test_a_title_is_looked_at_too() -> None:
    """A look-alike in the title is told at the title's line."""
    (finding,) = disguise.look_alikes(context("x", title="P\u0430ypal"))

    assert ("XP-LOOK-ALIKE", 3) == (finding.code, finding.line)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("[our site](https://a.example) [a.example](https://a.example/x) [README.md](https://git.example/x)", []),
        ("[https://a.example/x](https://a.example/y) [www.a.example](http://a.example)", []),
        ("[https://a.example](https://docs.a.example) <https://a.example>", []),
        ("[https://bank.example](https://evil.example)", ["XP-LINK-HOST"]),
        ("[www.bank.example](https://evil.example/www.bank.example)", ["XP-LINK-HOST"]),
        ("[x](https://bank.example@evil.example/)", ["XP-LINK-HOST"]),
        ("[x](https://p\u0430ypal.com/)", ["XP-LINK-HOST"]),
        ("[x](https://xn--pypal-4ve.com/)", ["XP-LINK-HOST"]),
        ("[x](https://[::1/) [y](https://müller.example/)", []),
    ],
)
def test_links_in_disguise(body: str, expected: list[str]) -> None:
    """The words of a link never show another host than it goes to, and no host is written to deceive."""
    assert expected == found(disguise.links_in_disguise, body)


SECRETS = [
    "AKIA" + "IOSFODNN7EXAMPLF",
    "password = 'tr0ub4dor&3x'",
    "https://ana:s3cr3tpw@host.example/",
    "-----BEGIN RSA PRIVATE KEY-----",
    "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8",
    "xoxb-" + "123456789012-123456789012-abcdEFGHijklMNOPqrstUVWX",
]


@pytest.mark.parametrize("secret", SECRETS)
def test_likely_secrets(secret: str) -> None:
    """A pasted secret is told with its line and never repeated; its place in front matter counts too."""
    (finding,) = leaks.likely_secrets(context(f"First\n\nLook: {secret}\n"))
    in_front = leaks.likely_secrets(context("x", posts={"mail": secret}))

    assert ("XP-SECRET", 12) == (finding.code, finding.line)
    assert secret.split()[-1].strip("'") not in str(finding)
    assert ["XP-SECRET"] == codes(in_front)


@pytest.mark.parametrize(
    "body",
    [
        "The secret: patience. Password: see the intranet.",
        "Set `password` to something long, like `password = <your password>`.",
        "password = 'tr0ub4dor&3x' <!-- pragma: allowlist secret -->",
        "the commit 0123456789abcdef0123456789abcdef01234567 and the id 6fa459ea-ee8a-3ca4-894e-db77e160355e",
        "std::basic_string<char, std::char_traits<char>>::replace_with_something_V2",
    ],
)
def test_words_about_secrets_are_none(body: str) -> None:
    """Prose, names and examples marked as such are left alone."""
    assert [] == found(leaks.likely_secrets, body)


@pytest.mark.parametrize(
    ("beside_it", "expected"),
    [
        (file("pic.png", PICTURE), []),
        (file("draw.svg", b"<svg><path d='M0 0'/></svg>"), []),
        (file("draw.svg", b"<svg><script>alert(1)</script></svg>"), ["XP-BESIDE-SCRIPT"]),
        (file("draw.SVG", b"<svg onload='x()'/>"), ["XP-BESIDE-SCRIPT"]),
        (file("page.html"), ["XP-BESIDE-KIND"]),
        (file("notes.md"), ["XP-BESIDE-TEXT"]),
        (file("link.png", trouble="a symbolic link"), ["XP-BESIDE-FILE"]),
    ],
)
def test_files_that_cannot_go_along(beside_it: Beside, expected: list[str]) -> None:
    """What lies beside a piece is an ordinary file of a kind that readers may get."""
    seen = replace(context("x", "drafts/p/index.md"), beside=(beside_it,))

    assert expected == codes(beside.unfit_files(seen))
