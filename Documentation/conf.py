# SPDX-License-Identifier: GPL-2.0
"""How Sphinx renders this folder; see scripts/docs."""

project = "vhuge"
author = copyright = "vhuge developers"
root_doc = "index"
# What kernel-doc wrote is included by uapi.rst.
exclude_patterns = ["generated"]
html_theme = "alabaster"
html_theme_options = {"page_width": "1060px", "sidebar_width": "240px"}
html_show_sphinx = False
html_copy_source = False
primary_domain = "c"
highlight_language = "none"
