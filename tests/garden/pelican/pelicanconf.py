AUTHOR = "Ida Voss"
SITENAME = "The Ferry House"
PATH = "content"
TIMEZONE = "Europe/Berlin"
STATIC_PATHS = ["images"]
