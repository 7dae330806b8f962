# `make demo` and `make test` set up everything they need in .venv; a second run skips what is installed.
PYTHON ?= python3
BIN = .venv/bin
export TOKENIZERS_PARALLELISM = false

.PHONY: demo test export figures bench clean
.venv/installed: settings.ini constraints.txt setup.py
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info>=(3,11) else "mt_distill needs Python 3.11 or newer: make PYTHON=python3.11 …")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

demo: .venv/installed ## the whole path on real text, in five minutes: see demo/report.html
	$(BIN)/mt-distill demo --out demo

test: .venv/installed ## every notebook, and whether package and README are in step with them
	$(BIN)/python .github/test.py

export: .venv/installed ## package and README from the notebooks, notebooks cleaned
	$(BIN)/nbdev_export
	$(BIN)/nbdev_clean
	$(BIN)/nbdev_clean --fname figures
	$(BIN)/python .github/readme.py

figures: .venv/installed ## run the figure notebooks and keep their outputs; RESULTS=DIR draws your own over the published, into figures/own
	cd figures && export MT_DISTILL_RESULTS='$(if $(RESULTS),$(abspath $(RESULTS)))' && \
	../$(BIN)/exec_nb 00_published_scores.ipynb --dest 00_published_scores.ipynb --exc_stop && \
	mkdir -p own && ls [1-9]*.ipynb | xargs -P 2 -I{} ../$(BIN)/exec_nb {} --dest $(if $(RESULTS),own/){} --exc_stop
	$(BIN)/nbdev_clean --fname figures

bench: .venv/installed ## speeds as ratios against a reference of the same run
	for part in step heads tokens; do $(BIN)/mt-distill bench $$part --json || exit 1; done

clean: ## all that make and the demo have written
	rm -rf .venv demo build *.egg-info mt_distill/__pycache__
