"""Sphinx configuration."""

import re
from importlib.metadata import version as installed_version

project = "qiskit-ssqw"
author = "The qiskit-ssqw developers"
copyright = "2026, the qiskit-ssqw developers"
release = version = installed_version("qiskit-ssqw")

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.mathjax",
    "sphinx.ext.napoleon",
    "qiskit_sphinx_theme",
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
