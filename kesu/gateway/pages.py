"""`/docs`: one page that lists every operation of every service, without any other origin."""

import asyncio
from base64 import b64encode
from collections.abc import Iterator, Mapping
from functools import cache
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any

import orjson
import yaml

from kesu.gateway.connection import UpstreamLost, UpstreamSlow
from kesu.gateway.pool import Pool, PoolExhausted
from shared.plumbing.web.languages import LANGUAGES, Language

_SECONDS = 5.0
_METHODS = ("get", "put", "post", "patch", "delete")
_STYLE = """
:root{color-scheme:light dark;--line:#8886}
body{font:1rem/1.5 system-ui,"Noto Sans CJK TC",sans-serif}
body{max-width:70rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%}
th,td{text-align:start;padding:.35rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}
code{font-size:.9em;overflow-wrap:anywhere}summary{font-size:1.2rem;cursor:pointer;padding:.4rem 0}
nav a{margin-inline-end:1rem}
"""
_POLICY = "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; frame-ancestors 'none'"


async def documents_page(
    pools: Mapping[str, Pool], language: Language
) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """The page in one language and the headers that go with it."""
    found = await asyncio.gather(*(_openapi(name, pool) for name, pool in pools.items()))
    sections = "".join(map(_section, pools, found, [language] * len(pools)))
    page = _page(sections, language).encode()
    digest = b64encode(sha256(_STYLE.encode()).digest()).decode()
    headers = {
        "content-security-policy": _POLICY.format(digest),
        "content-language": language,
        "vary": "accept-language",
        "referrer-policy": "no-referrer",
    }
    return page, [(name.encode(), value.encode()) for name, value in headers.items()]


@cache
def words() -> dict[str, dict[str, str]]:
    """The page's sentences by language."""
    text = Path(__file__).with_name("texts.yaml").read_text(encoding="utf-8")
    read: dict[str, dict[str, str]] = yaml.safe_load(text)
    return {language: {key: each[language] for key, each in read.items()} for language in LANGUAGES}


async def _openapi(service: str, pool: Pool) -> dict[str, Any] | None:
    request = f"GET /{service}/openapi.json HTTP/1.1\r\nhost: gateway\r\n\r\n".encode()
    try:
        connection = await pool.acquire()
    except (UpstreamLost, UpstreamSlow, PoolExhausted):
        return None
    try:
        connection.begin(request, head_only=False)
        await connection.head(_SECONDS)
        body = b""
        while not connection.complete:
            body += await connection.body(_SECONDS)
        document: Any = orjson.loads(body + connection.taken())
    except (UpstreamLost, UpstreamSlow, orjson.JSONDecodeError):
        connection.close()
        return None
    finally:
        pool.release(connection)
    return document if isinstance(document, dict) else None


def _page(sections: str, language: Language) -> str:
    said = words()[language]
    title = escape(said["title"])
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{title}</title>'
        f"<style>{_STYLE}</style></head><body><main><h1>{title}</h1>"
        f"<p>{escape(said['introduction'])}</p>{sections}</main></body></html>"
    )


def _section(service: str, document: dict[str, Any] | None, language: Language) -> str:
    said = words()[language]
    name = escape(said[service])
    if document is None:
        return f"<section><h2>{name}</h2><p role='status'>{escape(said['silent'])}</p></section>"
    rows = "".join(_row(*operation) for operation in _operations(document))
    heads = "".join(f'<th scope="col">{escape(said[key])}</th>' for key in _COLUMNS)
    return (
        f"<section aria-label='{name}'><details open><summary>{name}</summary>"
        f"<nav><a href='/{service}/openapi.json'>{escape(said['contract'])}</a></nav>"
        f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></details></section>"
    )


_COLUMNS = ("method", "path", "summary")


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    for path, methods in sorted(document.get("paths", {}).items()):
        for method in _METHODS:
            if method in methods:
                yield method.upper(), path, methods[method].get("summary", "")


def _row(method: str, path: str, summary: str) -> str:
    cells = (f"<code>{escape(method)}</code>", f"<code>{escape(path)}</code>", escape(summary))
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
