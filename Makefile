# Folio. `make serve` and `make test` are all that a fresh machine needs; README.md tells the rest.
#
#   make serve                       the site on http://127.0.0.1:8000
#   make serve ARGS="--port 9000"    … with options of engine.py
#   make test                        every test that this machine has the tools for
#   make test STRICT=1               … and style, types; a missing tool is a failure, and properties draw the same
#                                    examples each time (what CI runs)
#   make test ARGS="-k feeds"        … with options of pytest
#   make soak                        the tests that take minutes: crowds, storms, a day of attacks; prints its figures;
#                                    and every property with twenty times its examples, drawn at random
#   make nspawn                      the deployment under a real systemd, as tests/nspawn/run says
#   make audit                       what is known against the locked packages, where a feed of advisories is reachable
#   make screenshots                 a picture of every kind of page, in screenshots/

RUN = .venv/bin/python
PROCESSES = --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

# Tests start hundreds of processes, each of which would compile the engine anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: install install-test serve test soak nspawn check bench screenshots lock audit clean
.DEFAULT_GOAL := serve

install:
	@sh deploy/prepare.sh run

install-test:
	@sh deploy/prepare.sh test

serve: install
	@exec $(RUN) engine.py serve $(ARGS)

test: install-test $(if $(STRICT),check)
	FOLIO_STRICT=$(STRICT) $(RUN) -m pytest $(PROCESSES) $(ARGS)

soak: install-test
	FOLIO_STRICT=$(STRICT) FOLIO_DRAWS=20 $(RUN) -m pytest -m "soak or hypothesis" $(ARGS)

check: install-test
	$(RUN) -m ruff format --check .
	$(RUN) -m ruff check .
	$(RUN) -m mypy

# The deployment in a Debian of its own, under a real systemd; for root, with systemd-container and debootstrap.
nspawn:
	@sh tests/nspawn/run

bench: install-test
	$(RUN) -m bench $(ARGS)

screenshots: install-test
	PYTHONPATH=.:tests $(RUN) -m browser.screenshots $(ARGS)

# The locks hold for every Python from 3.11 and every platform; uv is needed for this target alone.
LOCK = uv pip compile pyproject.toml --quiet --universal --generate-hashes --python-version 3.11 \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

lock:
	$(LOCK) --output-file requirements.lock
	$(LOCK) --group test --constraints requirements.lock --output-file requirements-test.lock

audit: install
	@sh deploy/audit.sh $(RUN)

clean:
	rm -rf .venv .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
