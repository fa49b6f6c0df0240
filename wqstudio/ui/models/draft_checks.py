"""What can be wrong with the text of a field: addresses, files, and certificates with their keys."""

from pathlib import Path
from urllib.parse import urlsplit


def servers_problem(urls: tuple[str, ...], example: str, schemes: tuple[str, ...]) -> str:
    """``schemes``: the first is meant where none is written."""
    if not urls:
        return f"Where is the server? For example {example}"
    return next((problem for url in urls if (problem := url_problem(url, schemes))), "")


def url_problem(url: str, schemes: tuple[str, ...]) -> str:
    shown = url.rpartition("@")[2]  # never the credentials
    try:
        parts = urlsplit(url if "://" in url else f"{schemes[0]}://{url}")
        host, port = parts.hostname, parts.port
    except ValueError:
        return f"{shown} has no valid host and port."
    if parts.scheme not in schemes:
        return f"{shown} should begin with {' or '.join(f'{scheme}://' for scheme in schemes)}"
    if not host:
        return f"{shown} names no host."
    return f"{shown} has no valid port." if port == 0 else ""


def tls_problems(authority: str, certificate: str, key: str) -> dict[str, str]:
    found = {
        "tls_ca": file_problem(authority),
        "tls_certificate": file_problem(certificate),
        "tls_key": file_problem(key),
    }
    if certificate and not key:
        found["tls_key"] = "The certificate needs its key."
    if key and not certificate:
        found["tls_certificate"] = "The key needs its certificate."
    return found


def file_problem(text: str) -> str:
    if not text:
        return ""
    return "" if Path(text).expanduser().is_file() else "There is no such file."
