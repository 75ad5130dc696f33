"""Settings of Sphinx, which builds the site from the directory that `stage` filled."""

import builtins
from typing import Any

from sphinx.ext.napoleon import Config, GoogleDocstring  # type: ignore[import-not-found]  # only where the site is built
from trustoo import __version__

project = "trustoo"
copyright = "the authors of trustoo, MIT licence"
version = release = __version__
language = "en"

extensions = ["myst_parser", "sphinx.ext.autodoc"]
# The README is shown in parts, by pages that include them.
exclude_patterns = ["README.md"]
# If two classes have the same name, such as Media, the first is linked.
suppress_warnings = ["ref.python"]

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
html_copy_source = False
html_show_sphinx = False
html_theme_options: dict[str, object] = {"footer_icons": []}
pygments_style = "friendly"
pygments_dark_style = "github-dark"

DOCSTRINGS = Config(napoleon_use_param=False, napoleon_use_ivar=True)  # one entry may explain several arguments


def sections(app: Any, what: str, name: str, value: object, options: object, lines: list[str]) -> None:
    """Read the sections of docstrings, except for attributes. There Napoleon reads text before a colon as a type."""
    if what not in ("attribute", "data", "property"):
        lines[:] = str(GoogleDocstring(lines, DOCSTRINGS, app, what, name, value, options)).split("\n")


def unlink_builtins(app: Any, doctree: Any) -> None:
    """Keep `type` and `list` in signatures from becoming links to members of models that have those names."""
    for node in list(doctree.findall(lambda node: node.tagname == "pending_xref")):
        if node.get("refdomain") == "py" and node["reftarget"] in dir(builtins):
            node.replace_self(next(node.findall(lambda part: part.tagname == "#text")))


def setup(app: Any) -> None:
    """Connect the two functions."""
    app.connect("autodoc-process-docstring", sections)
    app.connect("doctree-read", unlink_builtins)
