"""Pelican with its own plain theme, and what the others have too: tags, a feed of thirty, highlighted code, notes."""

SITENAME = "A long shelf"
SITEURL = "https://example.org"
TIMEZONE = "UTC"
PATH = "content"
ARTICLE_PATHS = ["essays"]
THEME = "simple"
DEFAULT_PAGINATION = 50
ARTICLE_URL, ARTICLE_SAVE_AS = "essays/{slug}/", "essays/{slug}/index.html"
SLUGIFY_SOURCE = "basename"
FEED_RSS = "feed.xml"
FEED_MAX_ITEMS = 30
FEED_ALL_ATOM = CATEGORY_FEED_ATOM = TRANSLATION_FEED_ATOM = AUTHOR_FEED_ATOM = None
