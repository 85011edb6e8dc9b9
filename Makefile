# The way in. Each target installs what the machine lacks (scripts/install-deps is quiet when nothing does).
.PHONY: help build demo test bench bench-cluster image release docs format clean

help:
	@echo "make build    build/spillway, the one binary"
	@echo "make demo     Spillway beside the real HPA through a load spike on a real control plane on this machine"
	@echo "make test     every test: unit, property, tidy, sanitizers, cluster"
	@echo "make bench    micro benchmarks and the closed-loop laboratory"
	@echo "make image    the container image as an OCI archive in dist/, without a container engine"
	@echo "make release VERSION=1.2.3   dist/ with source, chart, image, install.yaml, bill of materials and checksums"
	@echo "make docs     bring the generated parts of docs/ up to date"
	@echo "make bench-cluster   Spillway beside the real HPA in a real control plane, five runs a shape (an hour and a half)"
	@echo "make format   clang-format over our sources"
	@echo "make clean    remove the build folders (the cluster's programs stay in the cache)"

build:
	@scripts/install-deps
	@cmake --preset release >/dev/null
	@cmake --build --preset release --target spillway

demo:
	@scripts/install-deps --minimal
	@scripts/demo

test:
	@scripts/test

bench:
	@scripts/install-deps --full
	@scripts/bench

bench-cluster: build
	@scripts/install-deps --minimal
	@bench/cluster/run

image: build
	@scripts/image

release:
	@scripts/install-deps
	@scripts/release "$(VERSION)"

docs: build
	@scripts/generate-docs

format:
	@scripts/install-deps clang-format
	@git ls-files '*.cpp' '*.hpp' | xargs clang-format -i

clean:
	rm -rf build build-asan build-tsan build-dev build-fuzz
