"""Leads every request that crier makes to the services on this machine: https://host/path → BENCH_URL/host/path."""

import os
from urllib.parse import urlsplit

import requests

_real = requests.Session.request


def _here(session: requests.Session, method: str, url: str, **more: object) -> requests.Response:
    parts = urlsplit(url)
    to = f"{os.environ['BENCH_URL']}/{parts.netloc}{parts.path}"
    return _real(session, method, f"{to}?{parts.query}" if parts.query else to, **more)


requests.Session.request = _here
