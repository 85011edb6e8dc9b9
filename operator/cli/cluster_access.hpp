#pragma once
#include "operator/io/curl_transport.hpp"
#include "operator/io/scheduler.hpp"
#include "operator/kube/client.hpp"
#include "operator/kube/config.hpp"
#include "operator/kube/discovery.hpp"

namespace spillway::cli {

/// What a command needs to ask an API server (and, over the same transport, Prometheus) a few things.
struct ClusterAccess {
  ClusterAccess(kube::ClientConfig config, const io::Clock& clock)
      : rest(std::move(config), clock, scheduler, transport), client(rest, "spillway-cli"), mapper(rest, clock) {}

  io::ThreadScheduler scheduler;
  io::CurlTransport transport;
  kube::RestClient rest;
  kube::Client client;
  kube::RestMapper mapper;
};

}  // namespace spillway::cli
