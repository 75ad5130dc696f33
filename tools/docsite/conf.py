"""Settings of Sphinx, which builds the site from the directory that `stage` filled."""

import builtins
import json
from html import escape
from pathlib import Path
from typing import Any

from sphinx.ext.napoleon import Config, GoogleDocstring  # type: ignore[import-not-found]  # only where the site is built
from trustoo import __version__

from tools.docsite import copies
from tools.docsite.python import described, plain_signature
from tools.evidence import GRADES

project = "trustoo"
copyright = "the authors of trustoo, MIT licence"
version = release = __version__
language = "en"

extensions = ["myst_parser", "sphinx.ext.autodoc"]
# The README is for GitHub. The first page includes its example.
exclude_patterns = ["README.md"]
# If two classes have the same name, such as Media, the first is linked.
suppress_warnings = ["ref.python"]
rst_prolog = "".join(f".. role:: {grade}\n   :class: evidence {grade}\n" for grade in GRADES)

myst_enable_extensions = ["attrs_inline"]
myst_heading_anchors = 4  # the anchors that GitHub gives to headings

default_role = "code"  # docstrings write code in single backticks
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
autodoc_inherit_docstrings = False  # httpx' texts are no part of this site
maximum_signature_line_length = 80
python_use_unqualified_type_names = True
add_module_names = False
toc_object_entries_show_parents = "hide"

html_theme = "furo"
html_title = f"trustoo {release}"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_js_files = ["site.js"]
html_copy_source = False
html_show_sphinx = False
html_theme_options: dict[str, object] = {"footer_icons": []}
pygments_style = "friendly"
pygments_dark_style = "github-dark"

DOCSTRINGS = Config(napoleon_use_param=False, napoleon_use_ivar=True)  # one entry may explain several arguments


def sections(app: Any, what: str, name: str, value: object, options: object, lines: list[str]) -> None:
    """Read the sections of docstrings, except for attributes. There Napoleon reads text before a colon as a type."""
    if what not in ("attribute", "data", "property"):
        lines[:] = described(value, lines)
        lines[:] = str(GoogleDocstring(lines, DOCSTRINGS, app, what, name, value, options)).split("\n")


def signatures(
    app: Any, what: str, name: str, value: object, options: object, signature: str | None, result: str | None
) -> tuple[str | None, str | None]:
    """Leave the types out of the signatures of calls. The list of arguments has them."""
    return plain_signature(value) or signature, result


def unlink_builtins(app: Any, doctree: Any) -> None:
    """Keep `type` and `list` in signatures from becoming links to members of models that have those names."""
    for node in list(doctree.findall(lambda node: node.tagname == "pending_xref")):
        if node.get("refdomain") == "py" and node["reftarget"] in dir(builtins):
            node.replace_self(next(node.findall(lambda part: part.tagname == "#text")))


TEXTS: dict[str, str] = {}
"""The text of each page, for excerpts of the search in a site that is opened from files."""
FIRST: dict[str, str] = {}
"""The first paragraph of each page."""


def page(app: Any, name: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Write the copy of a page in Markdown, link to it, and note the page's text."""
    if doctree is None:
        return
    TEXTS[f"{name}.html"] = f'<div role="main">{text_of(doctree)}</div>'
    copy = Path(app.outdir, f"{name}.html.md")
    copy.parent.mkdir(parents=True, exist_ok=True)
    text, FIRST[name] = copies.markdown(context["body"], name, app.env.found_docs)
    copy.write_text(text, encoding="utf-8")
    context["metatags"] += f'<link rel="alternate" type="text/markdown" href="{copy.name}">'
    context["body"] += f'<p class="markdown-copy"><a href="{copy.name}">This page as Markdown</a></p>'


def text_of(node: Any) -> str:
    """The text of a part of a page. Sections keep their anchors, because the search shows an excerpt of a section."""
    if node.tagname in ("document", "section"):
        inner = "".join(map(text_of, node.children))
        return f'<section id="{node["ids"][0]}">{inner}</section>' if node["ids"] else inner
    return f"<p>{escape(node.astext())}</p>\n"


def write_lists(app: Any, problem: Exception | None) -> None:
    """Write llms.txt, and the script with the text of all pages.

    A page that is opened from a file may not read other files, but it may load a script.
    """
    if problem:
        return

    def entry(name: str) -> copies.Entry:
        return app.env.titles[name].astext(), f"{name}.html.md", copies.sentence(FIRST[name])

    sections = {"Start": [entry("index")]}
    for tree in app.env.get_doctree("index").findall(lambda node: node.tagname == "toctree"):
        for name in tree["includefiles"]:
            inner = [name, *app.env.toctree_includes.get(name, ())]
            sections.setdefault(tree["caption"], []).extend(map(entry, inner))
    Path(app.outdir, "llms.txt").write_text(copies.llms_txt(project, FIRST["index"], sections), encoding="utf-8")
    script = f"window.pageTexts = {json.dumps(TEXTS)};\n"
    Path(app.outdir, "_static", "texts.js").write_text(script, encoding="utf-8")


def setup(app: Any) -> None:
    """Connect the functions."""
    app.connect("autodoc-process-docstring", sections)
    app.connect("autodoc-process-signature", signatures)
    app.connect("doctree-read", unlink_builtins)
    app.connect("html-page-context", page)
    app.connect("build-finished", write_lists)
