#pragma once
#include "controllers/opt_in/reconciler.hpp"
#include "operator/config/operator_config.hpp"
#include "operator/runtime/controller.hpp"

namespace spillway::cli {

/// Policies by annotation, put together: watches, reconciler, queue and one worker. Add `controller` to the manager.
struct OptInPart {
  OptInPart(const config::OperatorConfig& config, kube::InformerSet& informers, kube::Client& client,
            kube::EventRecorder& events, io::Transport& transport, const io::Clock& clock, std::function<bool()> leading)
      : watches(informers, config.namespaces),
        reconciler({.watches = watches,
                    .client = client,
                    .events = events,
                    .transport = transport,
                    .clock = clock,
                    .leading = std::move(leading),
                    .enqueue = [this](const runtime::Request& request) { controller.queue().add(request); }},
                   {config.prometheus.address, config.prometheus.credentials_directory}),
        controller(reconciler, clock, {.name = "optin", .workers = 1, .backoff = {}, .on_reconcile = {}}) {
    controller.queue().add(opt_in::kBegin);
  }

  opt_in::Watches watches;
  opt_in::OptInReconciler reconciler;
  runtime::Controller controller;
};

}  // namespace spillway::cli
