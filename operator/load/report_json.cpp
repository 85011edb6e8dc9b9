#include <nlohmann/json.hpp>
#include <ostream>

#include "operator/load/report.hpp"

namespace spillway::load {

void write_json(std::ostream& out, std::span<const Report> reports) {
  auto list = nlohmann::ordered_json::array();
  for (const Report& r : reports) {
    list.push_back({{"name", r.name},
                    {"scheduled", r.scheduled},
                    {"ok", r.ok},
                    {"late", r.late},
                    {"durationSeconds", r.duration_s},
                    {"throughputRps", r.throughput_rps},
                    {"successRatio", r.success_ratio},
                    {"lateOrFailedRatio", r.late_or_failed_ratio},
                    {"latencyMs",
                     {{"mean", r.latency.mean},
                      {"p50", r.latency.p50},
                      {"p90", r.latency.p90},
                      {"p95", r.latency.p95},
                      {"p99", r.latency.p99},
                      {"max", r.latency.max}}},
                    {"generatorLagMsP99", r.generator_lag_ms_p99},
                    {"outcomes", r.outcomes},
                    {"histogram", {{"boundsMs", kHistogramBoundsMs}, {"counts", r.histogram}}}});
  }
  out << nlohmann::ordered_json{{"targets", std::move(list)}}.dump(2) << '\n';
}

}  // namespace spillway::load
