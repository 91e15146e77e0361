# Two commands matter: `make run` and `make test`. Both install what they need
# from the lock files. Everything else is for the people who build Toucan.

GO      ?= go
DATA    ?= toucan-data/demo
ADDR    ?= 127.0.0.1:8484
STATIC  := internal/web/static/manifest.json
SOURCES := $(shell find internal/web/assets internal/web/build -type f)

.PHONY: run test race race-quick crash vet-agent measure-agent load load-quick assets build generate lint bench fuzz screenshots packages packages-test clean

## run: serve the demonstration company on the embedded database
run: build
	./toucan serve --demo --data-dir $(DATA) --addr $(ADDR)

## test: the whole suite; what needs PostgreSQL or Chromium says when it is skipped
test: assets tmp/versitygw
	$(GO) test ./...

# The SQLite engine is generated code that one connection runs at a time: watched
# for races it takes most of the time, and says nothing of ours.
RACE := $(GO) test -race '-gcflags=github.com/ncruces/go-sqlite3-wasm/...=-race=false' -count=1 -timeout=60m
DOORS := /internal/(web|api|cli|demo)$$|/cmd/
TOGETHER := AtOnce|Once|Twice|Together|Herd|Job|Two|Concurrent|Beside|Node|Server|Many|Sent|Mail

## race: the whole suite under the race detector; takes about 40 minutes
race: assets tmp/versitygw
	$(RACE) ./...

## race-quick: the same of every package below the doors, and of the promises about what happens at once
race-quick: assets tmp/versitygw
	$(RACE) $$($(GO) list ./... | grep -vE '$(DOORS)|/internal/conformance$$')
	$(RACE) -run '$(TOGETHER)' ./internal/conformance

## crash: kill the server during uploads, ROUNDS times for each engine (200), and look at what it left
crash:
	@test -n "$$TOUCAN_TEST_POSTGRES" || echo "crash: PostgreSQL is skipped: TOUCAN_TEST_POSTGRES is not set."
	$(GO) test -tags crash -count 1 -timeout 60m ./internal/conformance/crash

# a real S3 server for the tests; its module is apart from ours
tmp/versitygw: tools/s3/go.mod tools/s3/go.sum
	@mkdir -p tmp
	GOFLAGS= $(GO) -C tools/s3 build -o ../../tmp/versitygw github.com/versity/versitygw/cmd/versitygw
	@touch $@

## build: one binary, assets inside
build: assets
	$(GO) build -trimpath -ldflags "-s -w" -o toucan ./cmd/toucan

## packages: the device agent for every system into dist/, the same bytes for the same commit
packages:
	GOFLAGS= $(GO) -C tools/packages build -o ../../tmp/packages .
	tmp/packages -out dist

## load: what devices give a server to do, on both engines; takes about 25 minutes and wants a quiet machine
load: build
	bash internal/device/load/load.sh

load-quick:
	bash internal/device/load/load.sh quick

## packages-test: what is in the packages; as root it also installs and removes them on this machine
packages-test:
	@test -z "$$(gofmt -l tools/packages)" || { gofmt -l tools/packages; echo "run gofmt -w on these"; exit 1; }
	GOFLAGS= $(GO) -C tools/packages vet .
	GOFLAGS= $(GO) -C tools/packages test -count 1 -v .

assets: $(STATIC)

$(STATIC): node_modules/.package-lock.json $(SOURCES)
	$(GO) run ./internal/web/build
	@touch $@

node_modules/.package-lock.json: package.json package-lock.json
	npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

## generate: the Go code of the pages, from the templ files
generate:
	$(GO) tool templ generate -path internal/web

## lint: formatting, vet and the linters of .golangci.yml
lint:
	@test -z "$$(gofmt -l cmd internal)" || { gofmt -l cmd internal; echo "run gofmt -w on these"; exit 1; }
	$(GO) vet ./...
	$(GO) -C tools build -o ../tmp/golangci-lint github.com/golangci/golangci-lint/v2/cmd/golangci-lint
	tmp/golangci-lint run ./...

## vet-agent: the device agent compiles and is vetted for every system it exists for
vet-agent:
	@for os in linux darwin windows; do for arch in amd64 arm64; do \
	  echo "vet-agent $$os/$$arch" && GOOS=$$os GOARCH=$$arch CGO_ENABLED=0 $(GO) vet ./cmd/toucan-agent ./internal/agent/... ./internal/wire && \
	  GOOS=$$os GOARCH=$$arch CGO_ENABLED=0 $(GO) build -trimpath -o /dev/null ./cmd/toucan-agent || exit 1; done; done

## measure-agent: memory and processor time of an idle agent, over MINUTES (5)
measure-agent:
	MINUTES=$${MINUTES:-5} $(GO) test -tags measure -count 1 -v -timeout 2h -run TestIdle ./cmd/toucan-agent

## bench: every benchmark, as docs/benchmarks.md tells it
bench:
	$(GO) test -run '^$$' -bench . -benchmem ./...

## fuzz: every fuzz test for ten seconds each
fuzz:
	@for p in $$($(GO) list ./...); do \
	  for f in $$($(GO) test -list '^Fuzz' $$p | grep ^Fuzz); do \
	    echo "$$p $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime 10s $$p || exit 1; done; done

## screenshots: every page of the demonstration, several widths, light and dark
screenshots: build
	@rm -rf tmp/screenshots-data && mkdir -p tmp
	@./toucan serve --demo --data-dir tmp/screenshots-data --addr 127.0.0.1:8485 >tmp/screenshots.log 2>&1 & server=$$!; \
	trap "kill $$server" EXIT; \
	for i in 1 2 3 4 5 6 7 8 9 10; do link=$$(grep -o 'http.*sign-in/link.*' tmp/screenshots.log) && break; sleep 1; done; \
	$(GO) run ./internal/web/screenshots -link "$$link" -out tmp/screenshots

clean:
	rm -rf toucan tmp dist node_modules internal/web/static/* toucan-data
