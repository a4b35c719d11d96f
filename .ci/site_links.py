"""Links of the documentation's site.

For mkdocs, a hook: links of the pages to what is not in docs/ lead to the repository.
As a program, `python3 .ci/site_links.py FOLDER`: every link of the built site, but for
those to other sites, leads to a page, a place in a page or a file.
"""

import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

REPOSITORY = "https://github.com/ringwatch/ringwatch"


def on_page_markdown(markdown, page, config, files):
    return re.sub(r"\]\(\.\./([^)\s]+)\)", rf"]({REPOSITORY}/blob/main/\1)", markdown)


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.links, self.places = [], set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if name in ("id", "name") and value:
                self.places.add(value)
            if name in ("href", "src") and value:
                self.links.append(value)


def main():
    site, root = Path(sys.argv[1]).resolve(), Path(__file__).resolve().parent.parent
    pages = {path: Page(path.read_text(encoding="utf-8")) for path in site.rglob("*.html") if path.name != "404.html"}
    wrong, n = [], 0
    for path, page in pages.items():
        for link in page.links:
            to = urlsplit(link)
            n += 1
            if link.startswith(f"{REPOSITORY}/blob/main/"):
                if not (root / unquote(to.path).split("/blob/main/")[1]).exists():
                    wrong.append(f"{path.relative_to(site)}: {link} is not in the repository")
                continue
            if to.scheme or to.netloc:
                continue
            target = path if not to.path else (path.parent / unquote(to.path)).resolve()
            if target.is_dir():
                target /= "index.html"
            if not target.is_file():
                wrong.append(f"{path.relative_to(site)}: {link} leads nowhere")
            elif to.fragment and target in pages and unquote(to.fragment) not in pages[target].places:
                wrong.append(f"{path.relative_to(site)}: {link} is no place in its page")
    print(*wrong, f"{n} links of {len(pages)} pages", sep="\n")
    if wrong or n < 100:
        sys.exit(1)


if __name__ == "__main__":
    main()
