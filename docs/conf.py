"""Sphinx configuration."""

import os
import re
import socket
from importlib.metadata import version as installed_version
from pathlib import Path
from urllib.parse import urlsplit

project = "qiskit-ssqw"
author = "The qiskit-ssqw developers"
copyright = "2026, the qiskit-ssqw developers"
release = version = installed_version("qiskit-ssqw")

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.intersphinx",
    "sphinx.ext.mathjax",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "qiskit_sphinx_theme",
    "sphinx-mathjax-offline",
    "sphinx_copybutton",
]
myst_enable_extensions = ["colon_fence", "dollarmath"]
nb_execution_mode = "cache"
nb_execution_raise_on_error = True
nb_execution_timeout = 300
nb_merge_streams = True
exclude_patterns = ["_build"]
html_theme = "qiskit-ecosystem"
html_title = f"{project} {release}"
html_static_path = ["static"]
html_css_files = ["tables.css"]
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_type_aliases = {"ArrayLike": "ArrayLike", "NDArray": "NDArray"}
autodoc_member_order = "bysource"
default_role = "any"
add_module_names = False
viewcode_line_numbers = True

# Releases beside the one that is built, as the theme lists and links them.
_published = Path(os.environ.get("DOCS_VERSIONS", ""))
docs_url_prefix = project
html_context = {
    "version_list": sorted(folder.name for folder in _published.iterdir())
    if "DOCS_VERSIONS" in os.environ and _published.is_dir()
    else []
}

_INVENTORIES = {
    "python": "https://docs.python.org/3",
    "numpy": "https://numpy.org/doc/stable",
    "scipy": "https://docs.scipy.org/doc/scipy",
    "qiskit": "https://quantum.cloud.ibm.com/docs/api/qiskit",
    "qiskit-aer": "https://qiskit.github.io/qiskit-aer",
    "qiskit-finance": "https://qiskit-community.github.io/qiskit-finance",
    "qiskit-algorithms": "https://qiskit-community.github.io/qiskit-algorithms",
}


def reachable(url):
    """Whether a host answers; the build is complete without, but for links to it."""
    try:
        socket.create_connection((urlsplit(url).hostname, 443), timeout=3).close()
    except OSError:
        return False
    return True


intersphinx_mapping = {name: (url, None) for name, url in _INVENTORIES.items() if reachable(url)}

_ALIASES = {
    r"TypeAliasForwardRef\('(\w+)'\)": r"\1",
    r"~numpy\.ndarray\[tuple\[[^]]*\], ~numpy\.dtype\[~numpy\.(\w+)\]\]": r"NDArray[np.\1]",
}


def name_aliases(app, what, name, obj, options, *texts):
    """Write types by the names of their aliases, which Sphinx 9 does not do everywhere."""
    for pattern, alias in _ALIASES.items():
        texts = tuple(text and re.sub(pattern, alias, text) for text in texts)
    return texts


def setup(app):
    app.connect("autodoc-process-signature", name_aliases)
