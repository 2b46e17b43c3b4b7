# make all        build the tools and run the paper's experiment, in five minutes, to a PDF
# make sorscher   run the second experiment: motion and targets of Sorscher et al. 2019
# make reproduce  run the paper's experiment with its full budget; may be interrupted and called again
# make test       run all tests
# make help       list the other targets
#
# Every result is an ordinary file, made again only if what it depends on has
# changed. Settings are variables: make all STEPS=20000 OUT=build/longer

GO      ?= go
OUT     ?= build/paper
THREADS ?= 0

# The paper's network, motion, targets, optimiser and clipping. The learning rate is 30 times the
# paper's, so that grid cells appear within minutes.
STEPS          ?= 10000
SIMULATE_FLAGS ?=
TARGETS_FLAGS  ?=
TRAIN_FLAGS    ?= --preset paper --learning-rate 3e-4
TRAJECTORIES   ?= 100000
EVALUATE       ?= 4000
LOG_EVERY      ?= 250
LAYERS         ?= bottleneck
BINS           ?= 32
SCORE          ?= paper,reference
NULLS          ?= field,gaussian,iaaft
SHUFFLES       ?= 100
SEED           ?= 1

TOOLS := simulate tfrecord2npy targets train activations neurons ratemaps gridscore report compare inspect
BIN   := bin
DATA  := $(OUT)/trajectories_$(TRAJECTORIES)

.PHONY: all sorscher reproduce build test short race noasm bench fuzz lint generate clean help FORCE
.DELETE_ON_ERROR:

all: $(OUT)/report.pdf
	@cat $(OUT)/summary.txt

# Short walks in the room's coordinates, place cells with wide fields and surrounds. The linear layer's
# rates are not negative, and nine in ten of its units drop out.
sorscher:
	@$(MAKE) --no-print-directory all OUT=build/sorscher STEPS=4000 SIMULATE_FLAGS="--preset quick" TARGETS_FLAGS="--preset quick" \
		TRAIN_FLAGS="--preset quick" EVALUATE=5000 LOG_EVERY=100 LAYERS=bottleneck,lstm BINS=20 SCORE=reference,paper

reproduce:
	@$(MAKE) --no-print-directory all OUT=build/reproduce STEPS=300000 TRAIN_FLAGS="--preset paper" TRAJECTORIES=1000000 LOG_EVERY=1000

build: $(TOOLS:%=$(BIN)/%)

# ---- the pipeline -----------------------------------------------------------

# 1. Trajectories, as TFRecord files in the layout of the released dataset.
$(DATA)/.complete: $(OUT)/data.settings | build
	$(BIN)/simulate $(SIMULATE_FLAGS) -n $(TRAJECTORIES) --seed $(SEED) --threads $(THREADS) --tfrecord $(DATA)
	@touch $@

# 2. Training. A run that was interrupted goes on where it stopped.
UNFINISHED := $(OUT)/unfinished.safetensors
$(OUT)/run.safetensors: $(DATA)/.complete $(OUT)/train.settings | build
	@[ $(UNFINISHED) -nt $(OUT)/train.settings ] || rm -f $(UNFINISHED)
	$(BIN)/tfrecord2npy --shuffle --repeat --seed $(SEED) $(DATA) | $(BIN)/targets $(TARGETS_FLAGS) | \
		$(BIN)/train --steps $(STEPS) $(TRAIN_FLAGS) --seed $(SEED) --threads $(THREADS) --log $(OUT)/run.jsonl \
			--log-every $(LOG_EVERY) --resume $(UNFINISHED)
	@mv $(UNFINISHED) $@

$(OUT)/untrained.safetensors: $(OUT)/train.settings | build
	$(BIN)/simulate $(SIMULATE_FLAGS) -n 1 | $(BIN)/targets $(TARGETS_FLAGS) | \
		$(BIN)/train --quiet --force --steps 0 $(TRAIN_FLAGS) --seed $(SEED) --checkpoint $@

# 3. Held-out trajectories through the trained and the untrained network.
HELD_OUT = $(BIN)/simulate $(SIMULATE_FLAGS) --seed $$(( $(SEED) + 1000000 ))
$(OUT)/run.scores.npy: EXTRA = --summary $(OUT)/run.population.json --null-scores $(OUT)/run.nulls.npy
$(OUT)/%.scores.npy: $(OUT)/%.safetensors $(OUT)/score.settings | build
	$(HELD_OUT) -n $(EVALUATE) | $(BIN)/targets $(TARGETS_FLAGS) | \
		$(BIN)/activations --progress --threads $(THREADS) --seed $(SEED) --layers $(LAYERS) --checkpoint $< --path-integration $(OUT)/$*.path.json | \
		$(BIN)/ratemaps --quiet --halves records --bins $(BINS) | \
		$(BIN)/gridscore --quiet --score $(SCORE) --null $(NULLS) --shuffles $(SHUFFLES) $(EXTRA) -o $@

$(OUT)/example.npy: $(OUT)/run.safetensors | build
	@$(HELD_OUT) -n 1 | $(BIN)/targets $(TARGETS_FLAGS) | $(BIN)/activations --layers bottleneck --checkpoint $< -o $@

# 4. The PDF, and a summary in a few lines.
$(OUT)/report.pdf: $(OUT)/run.scores.npy $(OUT)/untrained.scores.npy $(OUT)/example.npy | build
	@$(BIN)/report -o $@ --log $(OUT)/run.jsonl --path-integration $(OUT)/run.path.json \
		--population $(OUT)/run.population.json --null-scores $(OUT)/run.nulls.npy --trajectory $(OUT)/example.npy \
		--untrained-scores $(OUT)/untrained.scores.npy --untrained-path-integration $(OUT)/untrained.path.json \
		$(OUT)/run.scores.npy > $(OUT)/summary.txt

# A settings file changes only when its settings do.
$(OUT)/data.settings:   SETTINGS = $(SIMULATE_FLAGS) $(TRAJECTORIES) $(SEED)
$(OUT)/train.settings:  SETTINGS = $(SIMULATE_FLAGS) $(TARGETS_FLAGS) $(STEPS) $(TRAIN_FLAGS) $(TRAJECTORIES) $(LOG_EVERY) $(SEED)
$(OUT)/score.settings:  SETTINGS = $(EVALUATE) $(LAYERS) $(BINS) $(SCORE) $(NULLS) $(SHUFFLES) $(SEED)
$(OUT)/%.settings: FORCE
	@mkdir -p $(OUT)
	@echo '$(SETTINGS)' | cmp -s - $@ || echo '$(SETTINGS)' > $@

# ---- the tools --------------------------------------------------------------

SOURCES := go.mod go.sum $(shell find cmd pkg -name testdata -prune -o -type f \( -name '*.go' -o -name '*.s' \) -print)

# One call builds them all, so that their common parts are linked in parallel. The tools need no C
# library, as in a release. Without it they start sooner.
$(TOOLS:%=$(BIN)/%) &: $(SOURCES)
	CGO_ENABLED=0 $(GO) build -trimpath -o $(BIN)/ ./cmd/...
	@touch $(TOOLS:%=$(BIN)/%)

test:
	$(GO) test ./...

short:
	$(GO) test -short ./...

# Packages without goroutines, locks and channels of their own run under the detector in the tools of ./cmd. The documents'
# commands, the sweeps and what kills or cuts off tools start hundreds of them, which the scenarios run as well.
CONCURRENT = $(shell grep -rlE '^[[:space:]]*go |"sync|parallel\.|chan ' --include='*.go' pkg | xargs -n 1 dirname | sort -u | sed 's,^,./,')
race:
	$(GO) test -short -race -timeout 30m $(CONCURRENT)
	$(GO) test -short -race -timeout 30m -skip 'Documents|PackageComments|Sweep|Plans|Killed|StreamsCut|FullStandardOutput' ./cmd

# The packages that have assembly, and those that train, encode and score with it.
noasm:
	$(GO) vet -tags noasm ./...
	$(GO) test -short -tags noasm ./pkg/kernel ./pkg/gridscore ./pkg/network ./pkg/optimize ./pkg/ensemble ./pkg/nulls ./pkg/ratemap ./pkg/trajectory ./pkg/population \
		./pkg/tool/train ./pkg/tool/activations ./pkg/tool/gridscore

lint:
	@test -z "$$(gofmt -l cmd pkg scripts)" || { echo "not gofmt-ed:"; gofmt -l cmd pkg scripts; exit 1; }
	$(GO) run ./scripts/rooms -check
	$(GO) vet ./...
	$(GO) run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...

bench: build
	$(GO) run ./scripts/bench -bin $(BIN)

# Left to itself, Go spends most of the time on shortening inputs that reached new code.
FUZZTIME ?= 30s
fuzz:
	@set -e; for package in $$($(GO) list ./pkg/...); do \
		for target in $$($(GO) test -list '^Fuzz' $$package | grep '^Fuzz' || true); do \
			echo "$$package $$target"; $(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x $$package; \
		done; done

generate:
	$(GO) generate ./pkg/kernel ./pkg/ensemble ./pkg/gridscore ./pkg/nulls ./pkg/ratemap ./pkg/trajectory

clean:
	rm -rf $(BIN) build

help:
	@sed -n 's/^# make/make/p' Makefile
	@echo 'make build      build the tools into bin/'
	@echo 'make bench      measure the speed of this machine: kernels, training, pipeline'
	@echo 'make fuzz       run every fuzz target for FUZZTIME ($(FUZZTIME))'
	@echo 'make lint       run gofmt, go vet, staticcheck and the check of the rooms'
	@echo 'make generate   generate the assembly again'
	@echo 'make clean      remove bin/ and build/'
