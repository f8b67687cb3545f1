"""The site of these pages, by Sphinx: .cache/docs/bin/sphinx-build -W docs var/site"""

project = "amiable"
author = "the authors of amiable"
html_title = "amiable"
html_theme = "furo"
html_show_sphinx = False
html_show_copyright = False
html_copy_source = False
extensions = ["myst_parser"]
exclude_patterns = ["conf.py"]
myst_heading_anchors = 3
myst_links_external_new_tab = False
suppress_warnings = ["misc.highlighting_failure"]  # Pygments does not know all of HCL
