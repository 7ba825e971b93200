# SPDX-License-Identifier: GPL-3.0-or-later
"""check_copy.py DIRECTORY: a copy of the pages, read from the disk: every link is a file of it, and a browser shows it with
its style and asks for nothing else."""
import html
import os
import re
import sys
import urllib.parse

from browser import Browser


def main():
    root = os.path.realpath(sys.argv[1])
    wrong, pages = [], []
    for directory, _, names in os.walk(root):
        for name in names:
            path = os.path.join(directory, name)
            if name.endswith(".html") and name != "report.html":
                pages.append(path)
    for path in pages:
        with open(path, encoding="utf-8") as file:
            text = file.read()
        for link in re.findall(r' (?:href|src)="([^"]*)"', text):
            link = html.unescape(link).split("#")[0]
            target = os.path.realpath(os.path.join(os.path.dirname(path), urllib.parse.unquote(link)))
            if link and not (target.startswith(root) and os.path.isfile(target)):
                wrong.append(f"{path}: {link} is not in the copy")
        if "<script" in text or "<form" in text:
            wrong.append(f"{path}: a copy with a script or a form")
    browser = Browser()
    try:
        for name in ("index.html", "matrices/nightly.html"):
            browser.look(1280, 900, "light")
            said, asked = browser.open("file://" + os.path.join(root, name))
            wrong += [f"{name}: console: {line}" for line in said]
            wrong += [f"{name}: asked for {address}" for address in asked if not address.startswith("file://" + root)]
            if browser.evaluate("getComputedStyle(document.querySelector('.bar')).borderBottomStyle") != "solid":
                wrong.append(name + ": shown without its style")
    finally:
        browser.close()
    for line in wrong[:20]:
        print(line)
    print(f"looked at {len(pages)} pages")
    return 1 if wrong or not pages else 0


if __name__ == "__main__":
    sys.exit(main())
