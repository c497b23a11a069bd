# Stopgap: every target sets up what it needs; `make demo` and `make test` are enough on a bare machine.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
BIN := .venv/bin
OUT ?= out
PREFIX ?= $(HOME)/.local

.PHONY: help demo install uninstall test check bench bench-full prove format lock clean run-env dev-env

help:
	@echo "make demo       set up and do the main job on the bundled figures ($(OUT)/)"
	@echo "make install    put stopgap on your PATH, with manual pages and completion ($(PREFIX)/)"
	@echo "make uninstall  take that away again"
	@echo "make test       set up and run the tests"
	@echo "make check      format, lint, strict types, import layers"
	@echo "make bench      the measured claims, as tables (minutes)"
	@echo "make bench-full those with a larger size at that size, up to 100 million rows (hours, 12 GiB, 20 GB of disk)"
	@echo "make prove      the long proofs, as tables"
	@echo "make lock       renew the hashed lock files"

run-env dev-env:
	@test -n "$(PYTHON)" || { printf '%s\n' "no Python 3.11 or newer was found" "  where: PATH" "  fix:   install Python 3.11 or newer, or call make with PYTHON=/path/to/python" >&2; exit 2; }
	@$(PYTHON) tools/setup.py $(@:-env=)

demo: run-env
	@$(BIN)/stopgap demo --output $(OUT) --lake $(OUT)/lake

install: run-env
	@$(BIN)/python tools/install.py install "$(PREFIX)"

uninstall:
	@test -n "$(PYTHON)" || { printf '%s\n' "no Python 3.11 or newer was found" "  where: PATH" "  fix:   call make with PYTHON=/path/to/python" >&2; exit 2; }
	@$(PYTHON) tools/install.py uninstall "$(PREFIX)"

test: dev-env
	@env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest -n 2 --dist worksteal

check: dev-env
	@$(BIN)/ruff format --check src tests bench tools packages conftest.py
	@$(BIN)/ruff check --no-cache src tests bench tools packages conftest.py
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python tools/lint_stages.py
	@$(BIN)/python tools/audit.py

format: dev-env
	@$(BIN)/ruff format src tests bench tools packages
	@$(BIN)/ruff check --fix src tests bench tools packages

bench: dev-env
	@for script in bench/bench_*.py packages/*/bench/bench_*.py; do $(BIN)/python $$script || exit 1; done

bench-full: dev-env
	@for script in $$(grep -l -e '"--full"' bench/bench_*.py packages/*/bench/bench_*.py); do $(BIN)/python $$script --full || exit 1; done

prove: dev-env
	@$(BIN)/python -m pytest -n 2 --dist worksteal --others
	@$(BIN)/python tools/freeze.py compare
	@for script in bench/prove_*.py packages/*/bench/prove_*.py; do $(BIN)/python $$script || exit 1; done

lock: dev-env
	@$(BIN)/uv pip compile -q --universal --generate-hashes --no-annotate --no-header requirements/build.in -o requirements/build.txt
	@$(BIN)/uv pip compile -q --universal --generate-hashes --no-annotate --no-header --extra postgresql --extra oidc --extra mcp pyproject.toml -o requirements/run.txt
	@$(BIN)/uv pip compile -q --universal --generate-hashes --no-annotate --no-header requirements/drafting.in -c requirements/run.txt -o requirements/drafting.txt
	@$(BIN)/uv pip compile -q --universal --generate-hashes --no-annotate --no-header --group dev --extra spark --extra r --extra postgresql --extra oidc --extra mcp pyproject.toml requirements/drafting.in -c requirements/run.txt -c requirements/drafting.txt -o requirements/dev.txt
	@$(BIN)/uv pip compile -q --universal --generate-hashes --no-annotate --no-header pyproject.toml requirements/sail.in -c requirements/run.txt -o requirements/sail.txt

clean:
	rm -rf .venv .venv-sail $(OUT) dist build .mypy_cache .ruff_cache .pytest_cache
