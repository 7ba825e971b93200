# SPDX-License-Identifier: GPL-3.0-or-later
"""check.py BASE [SCREENSHOTS]: every page that klabd serves at BASE, in a headless Chromium: wide and narrow, light and
dark, with and without scripts. Prints what is wrong, a line each, and "checked N pages"; fails when there is anything."""
import html
import os
import re
import sys
import urllib.error
import urllib.request

from browser import Browser

here = os.path.dirname(os.path.abspath(__file__))
LOOKS = [("desktop-light", 1280, 900, "light"), ("desktop-dark", 1280, 900, "dark"), ("phone-light", 390, 844, "light"),
         ("phone-dark", 390, 844, "dark")]
most_of_a_kind = int(os.environ.get("KLAB_PAGES_OF_A_KIND", "1"))  # pages that differ in a number only


def kind_of(path):
    return re.sub(r"\d+", "N", re.sub(r"(case|metric|workload|q|before)=[^&]*", r"\1", path))


def fetch(base, path):
    try:
        with urllib.request.urlopen(base + path, timeout=30) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def crawl(base, starts):
    """All pages that can be reached, and what is wrong with their links."""
    wrong, pages, seen, waiting, kinds = [], {}, set(), [(path, "start") for path in starts], {}
    while waiting:
        path, whence = waiting.pop(0)
        if path in seen:
            continue
        seen.add(path)
        kind = kind_of(path)
        kinds[kind] = kinds.get(kind, 0) + 1
        if kinds[kind] > 40:  # alike; a sample has to do
            continue
        status, headers, body = fetch(base, path)
        if status != 200:
            wrong.append(f"{whence}: the link to {path} gives {status}")
            continue
        if "html" not in headers.get("Content-Type", "") or "attachment" in headers.get("Content-Disposition", ""):
            continue
        text = body.decode()
        pages[path] = text
        if "'unsafe" in headers.get("Content-Security-Policy", "'unsafe") or "default-src 'none'" not in headers["Content-Security-Policy"]:
            wrong.append(f"{path}: policy {headers.get('Content-Security-Policy')}")
        ids = set(re.findall(r' id="([^"]*)"', text))
        for link in re.findall(r'<a\b[^>]*? href="([^"]*)"', text) + re.findall(r'<(?:link|script)\b[^>]*? (?:href|src)="([^"]*)"', text):
            link = html.unescape(link)
            if link.startswith("#"):
                if link[1:] not in ids:
                    wrong.append(f"{path}: the link to {link} leads nowhere")
            elif link.startswith("/") and not link.startswith("//"):
                waiting.append((link.split("#")[0], path))
            elif link:
                wrong.append(f"{path}: a link out of the house: {link}")
    return pages, wrong


def look_at_scripts(browser, base):
    """The little that is scripted: a filter, and news that are asked for."""
    wrong = []
    browser.look(1280, 900, "light")
    said, _ = browser.open(base + "/experiments")
    shown = browser.evaluate("""(() => {
      const field = document.querySelector('.filter input');
      if (!field) return 'no filter';
      field.value = 'does not BUILD';
      field.dispatchEvent(new Event('input'));
      return [...document.querySelectorAll('table.filtered tbody tr')].filter(row => row.offsetParent !== null).length;
    })()""")
    if shown != 1:
        wrong.append(f"the filter shows {shown} rows instead of 1")
    more, _ = browser.open(base + "/")
    asked = browser.evaluate("""new Promise(done => {
      const end = Date.now() + 10000;
      const look = () => {
        const found = performance.getEntriesByType('resource').some(entry => entry.name.endsWith('/now.json') && entry.responseEnd > 0);
        if (found || Date.now() > end) done(found); else setTimeout(look, 100);
      };
      look();
    })""")
    if not asked:
        wrong.append("the script does not ask for news")
    return wrong + said + more


def main():
    base = sys.argv[1].rstrip("/")
    shots = sys.argv[2] if len(sys.argv) > 2 else None
    extra = sys.argv[3:]
    pages, wrong = crawl(base, ["/", "/compare", "/search?q=workqueue"] + extra)
    chosen, kinds = [], {}
    for path in pages:
        kind = kind_of(path)
        kinds[kind] = kinds.get(kind, 0) + 1
        if kinds[kind] <= most_of_a_kind or path in extra:
            chosen.append(path)
    with open(os.path.join(here, "inspect.js"), encoding="utf-8") as file:
        inspect = file.read()
    browser = Browser()
    try:
        for path in chosen:
            for name, width, height, scheme in LOOKS:
                browser.look(width, height, scheme)
                said, asked = browser.open(base + path)
                for line in said:
                    wrong.append(f"{path} {name}: console: {line}")
                for address in asked:
                    if not address.startswith(base):
                        wrong.append(f"{path} {name}: asked for {address}")
                for line in browser.evaluate(inspect):
                    wrong.append(f"{path} {name}: {line}")
                if shots:
                    file = re.sub(r"[^A-Za-z0-9]+", "-", path).strip("-") or "now"
                    os.makedirs(shots, exist_ok=True)
                    browser.screenshot(os.path.join(shots, f"{file[:80]}.{name}.png"))
            browser.look(1280, 900, "light", scripts=False)
            browser.open(base + path)
            if len(browser.evaluate("document.querySelector('main').innerText.trim().replace(/\\s+/g, ' ')")) < 20:
                wrong.append(f"{path}: says nothing without scripts")
        wrong += look_at_scripts(browser, base)
    finally:
        browser.close()
    for line in wrong:
        print(line)
    print(f"checked {len(chosen)} pages of {len(pages)}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
