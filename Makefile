# Every target does its own set-up; `make help` lists them.
PYTHON := .venv/bin/python
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help setup demo test check up token bench-start bench-index bench-settled bench-burst bench-fleet package sbom audit lock docs

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: ## make the Python environment and fetch the storage emulator
	@scripts/setup.sh

demo: setup ## watch a company's estate walk the whole road, on a local Azure
	@$(PYTHON) -m simulator demo

test: setup ## run all tests
	@scripts/test.sh

check: setup ## format, lint, types, known faults of packages, tests: what CI runs
	@scripts/check.sh

up: setup ## keep the local Azure and the app running until interrupted; ESTATE=1 with the demo's accounts in it
	@$(PYTHON) -m simulator up $(if $(ESTATE),--estate)

token: setup ## print a bearer token of the running local Azure: ROLE=Read, Operate, Admin or none
	@$(PYTHON) -m simulator token --role "$(ROLE)"

bench-start: setup ## measure the start-up against a bare Python
	@$(PYTHON) -m bench.start

bench-index: setup ## measure how long finding every connection of 200 accounts takes
	@$(PYTHON) -m bench.index

bench-settled: setup ## measure what a pass costs where nothing is to be done
	@$(PYTHON) -m bench.settled

bench-burst: setup ## measure bursts of events: a template over 300 accounts, 5,000 changed groups
	@$(PYTHON) -m bench.burst

bench-fleet: setup ## measure the API's answers about a fleet of 5,000 accounts, and the memory they take
	@$(PYTHON) -m bench.fleet

package: setup ## build dist/unkeyed.zip, what is deployed
	@$(PYTHON) scripts/package.py

sbom: setup ## write dist/unkeyed.cdx.json, the bill of materials of what is deployed
	@scripts/sbom.sh

audit: setup ## ask whether any pinned package has a known fault
	@$(PYTHON) scripts/audit.py

lock: setup ## compile the requirement files anew
	@scripts/lock.sh

docs: setup ## write the generated documents: the policy's JSON Schema
	@$(PYTHON) scripts/generate_docs.py
