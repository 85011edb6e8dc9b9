#include "operator/api/try_routes.hpp"

#include <algorithm>

#include "crds/v1alpha1/codec.hpp"
#include "model/base/text.hpp"
#include "operator/api/incident_routes.hpp"
#include "operator/api/query.hpp"
#include "operator/api/shadow.hpp"

namespace spillway::api {
namespace {

constexpr double kMostRequests = 4e6;  ///< of one play: a few seconds of computing
constexpr std::size_t kLeastSamples = 4;
constexpr double kCalm = 60.0;  ///< before a drill's overlay, seconds

Result<double> number_in(const Json& body, const char* name, double least, double greatest, double otherwise, bool whole) {
  const auto found = body.find(name);
  if (found == body.end()) return otherwise;
  const bool fits = whole ? found->is_number_integer() : found->is_number();
  if (fits && *found >= least && *found <= greatest) return found->get<double>();
  return Error{ErrorKind::kInvalid, text(name, ": ", found->dump(), ": want a ", whole ? "whole number" : "number", " from ", least, " to ", greatest)};
}

Json outcome_view(const bench::Run& run) {
  const bench::Summary& s = run.summary;
  return {{"breachMinutes", s.breach_seconds / 60.0},
          {"lateShare", number(s.late_share)},
          {"replicaHours", s.replica_seconds / 3600.0},
          {"moves", s.moves},
          {"reversals", s.reversals},
          {"meanReplicas", number(s.mean_replicas)},
          {"maxReplicas", s.max_replicas},
          {"recoverySeconds", s.recovery},
          {"latencyP95Seconds", number(s.latency_p95)},
          {"cost", number(s.cost)}};
}

Json course_view(const bench::Run& run) {
  Json replicas = Json::array(), ready = Json::array(), backlog = Json::array(), utilization = Json::array();
  for (const bench::Tick& tick : run.ticks) {
    replicas.push_back(tick.replicas);
    ready.push_back(tick.ready);
    backlog.push_back(number(tick.backlog));
    utilization.push_back(number(tick.utilization));
  }
  return {{"replicas", std::move(replicas)}, {"ready", std::move(ready)}, {"backlog", std::move(backlog)}, {"utilization", std::move(utilization)}};
}

/// Time and offered load, which all courses of one demand share.
Json axis_view(const bench::Run& run, double start) {
  Json time = Json::array(), offered = Json::array();
  for (const bench::Tick& tick : run.ticks) {
    time.push_back(number(std::round((tick.time - start) * 1000.0) / 1000.0));
    offered.push_back(number(tick.offered));
  }
  return {{"time", std::move(time)}, {"offered", std::move(offered)}};
}

Json assumptions_view(const Service& service, const char* demand, double seed) {
  return {{"capacityPerReplica", service.capacity}, {"concurrencyPerReplica", service.concurrency}, {"startupSeconds", service.startup}, {"demand", demand}, {"seed", static_cast<std::int64_t>(seed)}};
}

/// The demand from which a window is cut: one moment of it.
struct Moment {
  double time = 0.0;
  double rate = 0.0;
};

std::vector<Moment> own_record(const std::vector<insight::Sample>& samples) {
  std::vector<Moment> moments;
  for (const insight::Sample& sample : samples) {
    if (std::isfinite(sample.arrival_rate)) moments.push_back({sample.time, sample.arrival_rate});
  }
  return moments;
}

/// Where the newest part begins that fits into the window and into the computing time.
std::size_t begin_of(const std::vector<Moment>& moments, double end, double window) {
  double requests = 0.0;
  std::size_t first = moments.size();
  while (first > 0 && moments[first - 1].time >= end - window && requests < kMostRequests) {
    const double until = first < moments.size() ? moments[first].time : end;
    --first;
    requests += moments[first].rate * (until - moments[first].time);
  }
  return first;
}

Result<v1alpha1::AutoscalerPolicySpec> candidate_of(const insight::PolicyView& view, const Json& patch) {
  nlohmann::json spec = v1alpha1::encode_spec(view.object->policy->spec);
  spec.merge_patch(nlohmann::json(patch));
  const auto policy = v1alpha1::decode_policy({{"apiVersion", v1alpha1::kApiVersion},
                                               {"kind", v1alpha1::kAutoscalerPolicyKind},
                                               {"metadata", {{"name", view.object->meta.name}, {"namespace", view.object->meta.ns}}},
                                               {"spec", std::move(spec)}});
  if (!policy) return policy.error();
  return policy->spec;
}

/// `rate` all the time, but `factor` times as much between `from` and `until`. A trace's last bin is as long as the one before it: one second.
bench::Trace demand_with(double start, double from, double until, double end, double rate, double factor) {
  return {{start, from, until, end - 2.0, end - 1.0}, {rate, rate * factor, rate, rate, rate}, {}};
}

std::string compare(double window, const bench::Summary& current, const bench::Summary& candidate) {
  return text("On the demand of the last ", window / 60.0, " min the candidate would have been in breach for ", candidate.breach_seconds / 60.0, " min instead of ",
              current.breach_seconds / 60.0, " min, with ", candidate.replica_seconds / 3600.0, " instead of ", current.replica_seconds / 3600.0, " replica-hours and ",
              candidate.moves, " instead of ", current.moves, " moves.");
}

}  // namespace

/// The recorded demand: what to play, what came before, and how many replicas to begin with.
struct TryRoutes::Recording {
  bench::Trace demand;
  std::vector<HistoryPoint> past;
  Replicas initial = 1;
  const char* source = "Recorded";
};

TryRoutes::TryRoutes(const Backing& backing, SimulationLimits limits, ForkMemory fork_memory, ReadPast read_past)
    : backing_(backing), limits_(limits), fork_memory_(std::move(fork_memory)), read_past_(std::move(read_past)) {}

Result<TryRoutes::Recording> TryRoutes::record(const insight::PolicyView& view, const Service& service, double window) const {
  Recording recording;
  const auto& spec = view.object->policy->spec;
  auto moments = own_record(backing_.model.samples(view.key()).value_or(std::vector<insight::Sample>{}));
  if (moments.empty() || moments.back().time - moments.front().time < window) {
    // Prometheus remembers longer; if it cannot be asked, what we have must do.
    if (const auto past = read_past_(view.key()); past && past->size() > moments.size()) {
      moments.clear();
      for (const HistoryPoint& point : *past) moments.push_back({point.time.value(), point.rate});
      recording.source = "Prometheus";
    }
  }
  if (moments.empty()) return Error{ErrorKind::kInvalid, "no demand was recorded yet"};
  const double end = moments.back().time + spec.control_period_seconds;
  const std::size_t first = begin_of(moments, end, window);
  for (std::size_t i = 0; i < moments.size(); ++i) {
    if (i < first) {
      recording.past.push_back({Seconds(moments[i].time), moments[i].rate});
    } else {
      recording.demand.time.push_back(moments[i].time);
      recording.demand.rate.push_back(moments[i].rate);
    }
  }
  if (recording.demand.size() < kLeastSamples) {
    return Error{ErrorKind::kInvalid, text("only ", recording.demand.size(), " samples of demand were recorded in this window; at least ", kLeastSamples, " are needed")};
  }
  const double needed = recording.demand.rate.front() / (service.capacity * view.law.target_utilization);
  recording.initial = std::clamp(static_cast<int>(std::ceil(needed)), std::max(1, spec.min_replicas), std::max(1, spec.max_replicas));
  return recording;
}

http::Response TryRoutes::one_at_a_time(const std::function<http::Response()>& simulate) {
  const int now_running = ++running_;
  const auto done = std::unique_ptr<std::atomic<int>, void (*)(std::atomic<int>*)>(&running_, [](std::atomic<int>* count) { --*count; });
  if (now_running > limits_.max_concurrent)
    return refuse(429, text("no more than ", limits_.max_concurrent, " simulations may run at a time (simulation.maxConcurrent); try again in a moment"));
  return simulate();
}

http::Response TryRoutes::what_if(const http::Request& request) {
  const auto body = parse_object(request.body);
  if (!body) return refuse(400, body.error().message);
  if (auto known = only_fields(*body, {"candidate", "windowSeconds", "seed"}); !known) return refuse(400, known.error().message);
  const auto patch = body->find("candidate");
  if (patch == body->end() || !patch->is_object()) return refuse(400, "candidate: want a merge patch of the spec");
  const auto window = number_in(*body, "windowSeconds", 60, 86400, 3600, true);
  if (!window) return refuse(400, window.error().message);
  const auto seed = number_in(*body, "seed", 0, 4294967295.0, 1, true);
  if (!seed) return refuse(400, seed.error().message);

  const auto view = backing_.model.view(key_of(request));
  if (!view || !view->object->policy) return no_page(backing_, key_of(request));
  const auto candidate = candidate_of(*view, *patch);
  if (!candidate) return refuse(422, "candidate: " + candidate.error().message);
  const auto service = learned_service(*view);
  if (!service) return refuse(service.error());
  const auto& spec = view->object->policy->spec;
  const auto recording = record(*view, *service, *window);
  if (!recording) return refuse(recording.error());
  const double covered = recording->demand.end() - recording->demand.begin();
  if (covered / std::min(spec.control_period_seconds, candidate->control_period_seconds) > limits_.max_steps)
    return refuse(422, text("windowSeconds: ", covered, ": takes more than ", limits_.max_steps, " control periods (simulation.maxSteps)"));

  return one_at_a_time([&] {
    const auto course = [&](const v1alpha1::AutoscalerPolicySpec& which) {
      return play({.spec = which, .service = *service, .demand = recording->demand, .initial = recording->initial, .capacity_changes = {}, .past = recording->past,
                   .memory = {}, .seed = static_cast<std::uint64_t>(*seed)});
    };
    const bench::Run current = course(spec), other = course(*candidate);
    // Both on one time axis: the longer period's rows are fewer.
    const bench::Run& coarse = current.ticks.size() <= other.ticks.size() ? current : other;
    Json axis = axis_view(coarse, recording->demand.begin());
    const auto aligned = [&](const bench::Run& run) {
      bench::Run kept = run;
      const std::size_t stride = std::max<std::size_t>(1, run.ticks.size() / std::max<std::size_t>(1, coarse.ticks.size()));
      kept.ticks.clear();
      for (std::size_t i = stride - 1; i < run.ticks.size() && kept.ticks.size() < coarse.ticks.size(); i += stride) kept.ticks.push_back(run.ticks[i]);
      return course_view(kept);
    };
    axis["current"] = aligned(current);
    axis["candidate"] = aligned(other);
    return answer({{"virtual", true},
                   {"windowSeconds", covered},
                   {"sentence", compare(covered, current.summary, other.summary)},
                   {"assumptions", assumptions_view(*service, recording->source, *seed)},
                   {"candidateSpec", v1alpha1::encode_spec(*candidate)},
                   {"current", outcome_view(current)},
                   {"candidate", outcome_view(other)},
                   {"course", std::move(axis)}});
  });
}

http::Response TryRoutes::play_drill(const kube::ObjectKey& key, const Overlay& overlay) {
  const auto view = backing_.model.view(key);
  if (!view || !view->object->policy) return no_page(backing_, key);
  const auto service = learned_service(*view);
  if (!service) return refuse(service.error());
  const auto& estimate = view->verdict->trace.estimate;
  if (!estimate.demand_known) return refuse(422, "the present demand is not known, so there is nothing to multiply");
  const auto& spec = view->object->policy->spec;
  const double start = std::floor(view->decided_at) + 1.0;
  const double tail = std::clamp(4.0 * service->startup + 2.0 * spec.control_period_seconds, 120.0, 900.0);
  const double from = start + kCalm, until = from + overlay.seconds;
  const double rate = estimate.arrival_rate.value;
  Play twin{.spec = spec,
            .service = *service,
            .demand = demand_with(start, from, until, until + tail, rate, overlay.requests),
            .initial = std::max(1, view->verdict->observation.ready),
            .capacity_changes = {},
            .past = {},
            .memory = fork_memory_(key),
            .seed = static_cast<std::uint64_t>(overlay.seed)};
  if (overlay.latency > 1.0) twin.capacity_changes = {{from, 1.0 / overlay.latency}, {until, 1.0}};
  if (requests_of(twin.demand) > kMostRequests) return refuse(422, text("the drill has ", requests_of(twin.demand), " requests, more than ", kMostRequests, ": shorten it"));
  return one_at_a_time([&] {
    const bench::Run run = play(twin);
    Json course = axis_view(run, start);
    course["twin"] = course_view(run);
    const std::string load = overlay.requests > 1.0 ? text(overlay.requests, " times the load") : std::string("the present load");
    const std::string slow = overlay.latency > 1.0 ? text(", each request taking ", overlay.latency, " times as long,") : std::string();
    return answer({{"virtual", true},
                   {"sentence", text("Virtual drill: ", load, slow, " for ", overlay.seconds, " s. The twin would go from ", twin.initial, " to at most ", run.summary.max_replicas,
                                     " replicas, be in breach for ", run.summary.breach_seconds, " s and serve ", 100.0 * run.summary.late_share, " % of the requests late.")},
                   {"startsAtSeconds", from - start},
                   {"endsAtSeconds", until - start},
                   {"assumptions", assumptions_view(*service, "Present", overlay.seed)},
                   {"outcome", outcome_view(run)},
                   {"course", std::move(course)}});
  });
}

http::Response TryRoutes::drill(const http::Request& request) {
  const auto body = parse_object(request.body);
  if (!body) return refuse(400, body.error().message);
  if (auto known = only_fields(*body, {"requestFactor", "latencyFactor", "overlaySeconds", "seed"}); !known) return refuse(400, known.error().message);
  const auto requests = number_in(*body, "requestFactor", 1, 10, 1, false), latency = number_in(*body, "latencyFactor", 1, 10, 1, false);
  const auto seconds = number_in(*body, "overlaySeconds", 1, 600, 120, true), seed = number_in(*body, "seed", 0, 4294967295.0, 1, true);
  for (const auto* value : {&requests, &latency, &seconds, &seed}) {
    if (!*value) return refuse(400, value->error().message);
  }
  return play_drill(key_of(request), {*requests, *latency, static_cast<int>(*seconds), static_cast<std::uint32_t>(*seed)});
}

/// A drill by the name of the service, as LoadEquilibrium's users ask for it. A tick is a second.
http::Response TryRoutes::known_drill(const http::Request& request, bool burst) {
  auto body = parse_object(request.body);
  if (!body) return refuse(400, body.error().message);
  for (const auto& [snake, camel] : {std::pair{"request_factor", "requestFactor"}, {"latency_factor", "latencyFactor"}}) {
    if (body->contains(snake) && !body->contains(camel)) (*body)[camel] = (*body)[snake];
  }
  const auto service = body->find("service");
  if (service == body->end() || !service->is_string()) return refuse(400, "service: want namespace/name, or the name of a policy");
  if (!body->contains("duration")) return refuse(400, "duration: want a whole number from 1 to 600");
  if (burst && !body->contains("factor")) return refuse(400, "factor: want a number from 1 to 10");
  const auto seconds = number_in(*body, "duration", 1, 600, 0, true);
  const auto requests = number_in(*body, burst ? "factor" : "requestFactor", 1, 10, 1, false), latency = number_in(*body, "latencyFactor", 1, 10, 1, false);
  for (const auto* value : {&seconds, &requests, &latency}) {
    if (!*value) return refuse(400, value->error().message);
  }
  const std::string name = service->get<std::string>();
  auto keys = backing_.model.keys(Query(request).text("namespace"));  // the caller's right was checked for this one
  std::erase_if(keys, [&](const kube::ObjectKey& key) { return key.name != name && key.to_string() != name; });
  if (keys.empty()) return refuse(404, "there is no policy " + name);
  if (keys.size() > 1) return refuse(400, "service: \"" + name + "\": more than one policy has this name; want namespace/name");
  return play_drill(keys.front(), {*requests, burst ? 1.0 : *latency, static_cast<int>(*seconds), 1});
}

void TryRoutes::add(http::RouteTable& routes) {
  const auto add = [&](const std::string& path, std::function<http::Response(const http::Request&)> handler, http::AccessRule rule) {
    routes.add("POST", path, while_leading(backing_, same_site(std::move(handler))), std::move(rule));
  };
  const std::string policy = "/api/v1/policies/{namespace}/{name}";
  add(policy + "/what-if", [this](const http::Request& request) { return what_if(request); }, http::by_policy("get"));
  add(policy + "/drill", [this](const http::Request& request) { return drill(request); }, http::by_policy("get"));
  add("/api/v1/control/chaos-run", [this](const http::Request& request) { return known_drill(request, false); }, by_listing("list"));
  add("/api/v1/control/replay-burst", [this](const http::Request& request) { return known_drill(request, true); }, by_listing("list"));
}

}  // namespace spillway::api
