"""The document as a page a person can read: no script, nothing fetched from elsewhere."""

import json
from html import escape
from typing import Any

HEADERS = [
    (b"content-type", b"text/html; charset=utf-8"),
    (
        b"content-security-policy",
        b"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    ),
]
_STYLE = """
:root{color-scheme:light dark;--line:#8886;--soft:#8881}
body{font:16px/1.55 system-ui,"Noto Sans CJK TC",sans-serif;max-width:62rem;margin:2rem auto;
padding:0 1rem}h1,h2,h3{line-height:1.25}article{border:1px solid var(--line);border-radius:.5rem;
padding:.4rem 1rem 1rem;margin:1rem 0}code,pre{font:14px/1.45 ui-monospace,monospace}
pre{background:var(--soft);padding:.7rem;overflow:auto;border-radius:.3rem}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;
border-bottom:1px solid var(--line);padding:.3rem .6rem .3rem 0}
.method{font-weight:700;margin-right:.6rem}nav ul{columns:2;padding-left:1.2rem}
a:focus-visible,summary:focus-visible{outline:3px solid #4a90d9}
"""


def page(document: dict[str, Any]) -> bytes:
    """The whole page, rendered once at the start."""
    info = document["info"]
    operations = _operations(document)
    parts = [
        '<!doctype html><html lang="en"><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width">',
        f"<title>{escape(info['title'])}</title><style>{_STYLE}</style>",
        f"<header><h1>{escape(info['title'])}</h1><p>{escape(info.get('description', ''))}</p>",
        '<p><a href="openapi.json">OpenAPI 3.1 document</a></p></header>',
        _contents(operations),
        "<main>",
        *(_article(path, method, each) for path, method, each in operations),
        _schemas(document["components"]["schemas"]),
        "</main></html>",
    ]
    return "\n".join(parts).encode()


def _operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    found = [
        (path, method.upper(), operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    return sorted(found, key=lambda each: each[2]["tags"])


def _contents(operations: list[tuple[str, str, dict[str, Any]]]) -> str:
    rows = (
        f'<li><a href="#{escape(each["operationId"])}">{escape(each["summary"])}</a></li>'
        for _path, _method, each in operations
    )
    return '<nav aria-label="Operations"><ul>' + "".join(rows) + "</ul></nav>"


def _article(path: str, method: str, operation: dict[str, Any]) -> str:
    name = escape(operation["operationId"])
    roles = ", ".join(operation["x-kesu-roles"]) or "no token"
    return "\n".join(
        (
            f'<article id="{name}" aria-labelledby="{name}-title">',
            f'<h2 id="{name}-title">{escape(operation["summary"])}</h2>',
            f'<p><span class="method">{method}</span><code>{escape(path)}</code></p>',
            f"<p>{escape(operation.get('description', ''))}</p>",
            f"<p>Roles: <code>{escape(roles)}</code></p>",
            _parameters(operation.get("parameters", [])),
            _content("Body", operation.get("requestBody", {})),
            _answers(operation["responses"]),
            "</article>",
        )
    )


def _parameters(parameters: list[dict[str, Any]]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(each['name'])}</code></td><td>{each['in']}</td>"
        f"<td>{'needed' if each.get('required') else ''}</td>"
        f"<td>{escape(each.get('description', ''))}</td></tr>"
        for each in parameters
    )
    return f"<details><summary>Parameters</summary><table>{rows}</table></details>"


def _answers(responses: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><th scope='row'>{status}</th><td>{escape(each['description'])}"
        f"{_content('', each) if int(status) < 400 else ''}</td></tr>"
        for status, each in sorted(responses.items())
    )
    return f"<details><summary>Answers</summary><table>{rows}</table></details>"


def _content(title: str, holder: dict[str, Any]) -> str:
    schemas = [each["schema"] for each in holder.get("content", {}).values() if "schema" in each]
    blocks = "".join(f"<pre>{_json(schema)}</pre>" for schema in schemas)
    return f"<p>{title}</p>{blocks}" if blocks else ""


def _schemas(schemas: dict[str, Any]) -> str:
    blocks = "".join(
        f'<details id="schema-{escape(name)}"><summary>{escape(name)}</summary>'
        f"<pre>{_json(schema)}</pre></details>"
        for name, schema in schemas.items()
    )
    return f"<h2>Schemas</h2>{blocks}"


def _json(value: object) -> str:
    return escape(json.dumps(value, indent=2, ensure_ascii=False))
