# make run     set everything up, then compare the default models on the Chinese suite
# make test    the whole test suite
# make check   format, lint, types, layers, docs, tests: what CI runs
# make lock    renew the hashed locks (needs the package index)
PYTHON ?= python3
SUITE ?= chinese
ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip --disable-pip-version-check install --quiet --require-hashes --no-deps

.PHONY: run test check setup clean lock bench litellm
.DELETE_ON_ERROR:

run: $(VENV)/run.done
	@$(BIN)/python -m evals run --suite $(SUITE) $(ARGS)

test: $(VENV)/dev.done
	$(BIN)/python -m pytest -n 2

check: $(VENV)/dev.done $(VENV)/litellm/done
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m evals check
	$(MAKE) --no-print-directory test

bench: $(VENV)/dev.done
	$(BIN)/python -m bench

setup: $(VENV)/run.done

# An interrupted installation leaves no mark, so the next make takes it up again.
$(VENV)/python.done:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name one: make run PYTHON=python3.12" >&2; exit 2; }
	@$(PYTHON) -m venv $(VENV) || { echo "on Debian: apt-get install python3-venv" >&2; exit 2; }
	@touch $@

$(VENV)/run.done: requirements.lock pyproject.toml | $(VENV)/python.done
	@echo "installing the locked packages (once, about a minute) ..." >&2
	@$(INSTALL) -r requirements.lock
	@$(BIN)/python -m pip --disable-pip-version-check install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev.done: requirements-dev.lock $(VENV)/run.done
	@echo "installing the locked development packages ..." >&2
	@$(INSTALL) -r requirements-dev.lock
	@touch $@

# The LiteLLM proxy in an environment of its own, for tests/test_litellm.py; never a dependency of this project.
litellm: $(VENV)/litellm/done
$(VENV)/litellm/done: | $(VENV)/python.done
	@$(PYTHON) -m venv $(VENV)/litellm
	@$(VENV)/litellm/bin/python -m pip --disable-pip-version-check install --quiet "litellm[proxy]==1.106.2" \
		"fastapi==0.165.0" "starlette==1.10.0" "uvicorn==0.54.0" "openai==2.54.0" "pydantic==2.14.3"
	@touch $@

# The locks name versions and hashes only: no index, no address. Valid for Python 3.11 to 3.14.
lock: $(VENV)/python.done
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--no-annotate --quiet --extra build pyproject.toml --output-file requirements.lock
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--no-annotate --quiet --extra build --extra dev pyproject.toml --output-file requirements-dev.lock

clean:
	rm -rf $(VENV) dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
