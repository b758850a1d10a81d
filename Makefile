# Two commands do everything on a fresh machine: make demo, make test.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OUT ?= demo-output
JOBS ?= auto

.PHONY: demo test soak lint format bench docs release system clean

demo: $(VENV)/run.stamp
	$(BIN)/kttt-xl demo -o $(OUT)

test: system lint
	$(BIN)/python -m pytest -n $(JOBS)

# Hours: thousands of bad copies, killed runs, full disks, fuzzing. SOAK="--share 0.1" is a first look.
soak: system $(VENV)/dev.stamp
	$(BIN)/python tests/soak.py $(SOAK)

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/dev.stamp
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/dev.stamp
	$(BIN)/python benchmarks/run.py

docs: $(VENV)/dev.stamp
	$(BIN)/python docs/make_pages.py
	$(BIN)/python docs/make_ribbon.py

# What is given away: the add-in for Excel is in it (hatch_build.py), and the build fails where it is not.
release: $(VENV)/dev.stamp
	rm -rf dist macros/kttt.xlam
	$(BIN)/python -m hatchling build -d dist
	$(BIN)/python -m zipfile -l dist/*.whl | grep -q kttt_xl/macros/kttt.xlam
	$(BIN)/kttt-xl addin build -o dist/kttt.xlam
	$(BIN)/kttt-xl addin build --calc -o dist/kttt.oxt

# LibreOffice is the other office program of the tests. Installed where this user may; elsewhere said, and its tests
# are skipped with that reason (never in CI).
system:
	@sh tests/install_system_packages.sh

$(VENV)/made.stamp:
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); sh tests/install_system_packages.sh python3-venv; $(PYTHON) -m venv $(VENV); }
	touch $@

$(VENV)/run.stamp: $(VENV)/made.stamp pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/dev.stamp: $(VENV)/made.stamp pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@ $(VENV)/run.stamp

clean:
	rm -rf $(VENV) $(OUT)
