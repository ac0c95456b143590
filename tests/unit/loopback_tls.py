"""A certificate for this machine itself, for tests of encryption; its key is public and protects nothing."""

import ssl
from pathlib import Path

import pytest

_KEY = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgkh3W+8PLdaHTu+6z
LArUIYZGrtvqKTpvjY5oVeubN6yhRANCAAS9sqIUDnMsgBszBIj9nYdEZiNNjKqr
wxv37kjDr7aO7iaKJZbcmVPrIl/STc7Gib0+ztkm6tXGBcneeOZnzfTN
-----END PRIVATE KEY-----
"""
_CERTIFICATE = """\
-----BEGIN CERTIFICATE-----
MIIBmjCCAUGgAwIBAgIUe3P2NQ2MaF2Sno7n85/zpepDB4swCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMzEyMjgzM1oYDzIxMjYxMDMw
MTIyODMzWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAS9sqIUDnMsgBszBIj9nYdEZiNNjKqrwxv37kjDr7aO7iaKJZbcmVPr
Il/STc7Gib0+ztkm6tXGBcneeOZnzfTNo28wbTAdBgNVHQ4EFgQUV5Aq9s4TeHuT
AQXFejVXemsLN10wHwYDVR0jBBgwFoAUV5Aq9s4TeHuTAQXFejVXemsLN10wDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDRwAwRAIgGEzjHXL4QRGGA5vpCMzOt9vmCmnB2P9oqto4RTVOf6gCIGp8
BJ6HcaMxWGvwd7eqq0hVBGhNVxnm+SPG5sf0LaWV
-----END CERTIFICATE-----
"""


def server_context(folder: Path) -> ssl.SSLContext:
    """What a server needs to speak TLS as localhost and 127.0.0.1."""
    file = folder / "server.pem"
    file.write_text(_KEY + _CERTIFICATE, encoding="ascii")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def trust(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let clients of this test trust that server."""
    file = folder / "trusted.pem"
    file.write_text(_CERTIFICATE, encoding="ascii")
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
