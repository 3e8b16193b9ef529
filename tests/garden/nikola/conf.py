BLOG_AUTHOR = "Ida Voss"
BLOG_TITLE = "The Ferry House"
SITE_URL = "https://ferry.example/"
POSTS = (("posts/*.md", "posts", "post.tmpl"),)
PAGES = (("pages/*.md", "", "page.tmpl"),)
DEPLOY_COMMANDS = {"default": ["rsync -av output/ whimbrel:/srv/ferry"]}
