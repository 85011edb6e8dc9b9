# The same image as scripts/image makes without a container engine: that script assembles the root file system in both.
#   docker build --build-arg SOURCE_DATE_EPOCH=$(git log -1 --format=%ct) -t spillway .
FROM node:20-bookworm-slim AS node

FROM debian:12-slim AS build
COPY --from=node /usr/local/ /usr/local/
WORKDIR /src
COPY scripts/install-deps scripts/
RUN scripts/install-deps --build ca-certificates tzdata
COPY . .
RUN cmake --preset release -DSPILLWAY_TESTS=OFF && cmake --build --preset release --target spillway
ARG SOURCE_DATE_EPOCH=0
RUN scripts/image --rootfs /image

FROM scratch
COPY --from=build /image/ /
USER 65532:65532
EXPOSE 8080 8081
ENTRYPOINT ["/usr/bin/spillway"]
CMD ["operator"]
