# rt3d-tune. `make demo` runs a search on this machine, `make test` runs every test; each installs what
# it needs first (Debian packages when root, a list of what is missing otherwise).

GO ?= go
# Debian's python3 has Debian's PyTorch; another python3 in PATH may not.
PYTHON ?= /usr/bin/python3
# The commit, for --version; empty outside a git checkout.
COMMIT := $(shell git rev-parse --short=12 HEAD 2>/dev/null)

.PHONY: all build demo bench bench-training test test-short lint setup-demo setup-test setup-bench setup-training clean help

all: build

help:
	@echo "make demo        search on this machine with the shipped model; about three minutes"
	@echo "make test        lint, all Go tests, all Python tests"
	@echo "make test-short  the fast Go tests"
	@echo "make bench       compare with other engines on this machine, into docs/benchmarks.md, and recoveries, into docs/accuracy.md; about 40 minutes"
	@echo "make bench-training  compare pruning schemes and algorithms with training, into docs/accuracy.md; about three hours of one core"
	@echo "make build       bin/rt3d-tune"

build:
	$(GO) build -ldflags "-X main.commit=$(COMMIT)" -o bin/rt3d-tune ./cmd/rt3d-tune

setup-demo:
	@scripts/setup demo

setup-test:
	@scripts/setup test

setup-bench:
	@scripts/setup bench

setup-training:
	@scripts/setup training

demo: setup-demo build
	@mkdir -p demo
	@rm -f demo/results.db demo/results.db-wal demo/results.db-shm
	@echo "demo: searching (progress below); stop it with Ctrl-C, go on with:"
	@echo "demo:   bin/rt3d-tune search configs/demo.yaml --db demo/results.db"
	bin/rt3d-tune search configs/demo.yaml --db demo/results.db
	bin/rt3d-tune report demo --db demo/results.db
	bin/rt3d-tune report demo --db demo/results.db --format html --output demo/report.html
	@echo "demo: the report page is demo/report.html"

# Figures of every round go to build/.
bench: setup-bench
	@mkdir -p build
	$(GO) run ./benchmarks layers --write docs/benchmarks.md --json build/layers.json
	$(GO) run ./benchmarks layers --network c3d --layer c3d/conv2,c3d/conv3a,c3d/conv3b --algorithm winograd4x4,winograd2x2,winograd2x2x2 \
	  --write docs/benchmarks.md --json build/algorithms.json
	$(GO) run ./benchmarks sparsity --write docs/benchmarks.md --json build/sparsity.json
	$(GO) run ./benchmarks networks --threads 1,2 --write docs/benchmarks.md --json build/networks.json
	$(GO) run ./benchmarks recovery --clips 64 --write docs/accuracy.md --json build/recovery.json
	$(GO) run ./benchmarks recovery --cut 2 --clips 8 --seeds 5 --section recovery-few --write docs/accuracy.md --json build/recovery-few.json

# Clips, networks and results.jsonl go to build/; what is there already is not made again. After the whole comparison,
# kgs with more epochs, and a small R(2+1)D.
EXPERIMENT = cd training && OMP_NUM_THREADS=1 $(PYTHON) -m rt3d_train experiment --threads 1 --train ../build/clips/train \
  --validation ../build/clips/validation --test ../build/clips/test --markdown ../docs/accuracy.md
bench-training: setup-training build
	@mkdir -p build/clips
	test -d build/clips/train || bin/rt3d-tune data motion --split train --seed 1 --count 8000 --out build/clips/train
	test -d build/clips/validation || bin/rt3d-tune data motion --split validation --seed 1 --count 2000 --out build/clips/validation
	test -d build/clips/test || bin/rt3d-tune data motion --split test --seed 1 --count 4000 --out build/clips/test
	$(EXPERIMENT) --out ../build/experiment --picture ../docs/pruning.svg
	$(EXPERIMENT) --out ../build/experiment-longer --section longer --epochs 20,6,12 --schemes kgs --factors 3.6
	$(EXPERIMENT) --out ../build/experiment-r2plus1d --section r2plus1d --network motion-r2plus1d --algorithms reweighted --factors 3.2

lint: setup-test
	@echo "lint: gofmt"; test -z "$$(gofmt -l $$(git ls-files '*.go' | grep -v '\.pb\.go$$') | tee /dev/stderr)"
	@echo "lint: go vet"; $(GO) vet ./...
	@echo "lint: clang-format"; git ls-files '*.c' '*.h' | grep -v testdata | xargs -r clang-format-19 --dry-run -Werror
	@echo "lint: shellcheck"; shellcheck scripts/setup .ci/run remote/clocks/*.sh
	@echo "lint: ruff"; .venv/bin/ruff check training && .venv/bin/ruff format --check training
	@.venv/bin/ruff check --config training/pyproject.toml benchmarks/engines && .venv/bin/ruff format --config training/pyproject.toml --check benchmarks/engines
	@echo "lint: mypy"; cd training && ../.venv/bin/mypy --python-executable $(PYTHON) rt3d_train

test: lint build
	@echo "test: Go"; $(GO) test -timeout 40m ./...
	@echo "test: Python"; cd training && OMP_NUM_THREADS=1 RT3D_TUNE=$(CURDIR)/bin/rt3d-tune $(PYTHON) -m unittest discover -t . -s tests

test-short:
	$(GO) test -short ./...

clean:
	rm -rf bin demo
