#pragma once
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "operator/io/transport.hpp"
#include "operator/prometheus/decode.hpp"

namespace spillway::prometheus {

/// The transport's pool that all queries use; its limit per host bounds the connections to each server.
inline constexpr const char* kPool = "prometheus";

/// Who we are, from secret material that the caller has read. A bearer token goes before user name and password.
struct Auth {
  std::string bearer_token;
  std::string username;
  std::string password;
  std::shared_ptr<const io::TlsOptions> tls;  ///< CA and client certificate; null = the system's trust store
};

struct Server {
  std::string address;  ///< "http://prometheus.monitoring:9090", with a path prefix if there is one
  Auth auth;
  std::chrono::milliseconds timeout{5000};  ///< of one request, as a whole; the server is asked to give up just before
};

/// A range query: samples at start, start + step, ... up to end.
struct RangeQuery {
  std::string query;
  Seconds start{0.0};
  Seconds end{0.0};
  Seconds step{60.0};
};

/// Demand as it was. Unusable samples (NaN, infinite, negative) are left out and counted; gaps stay gaps.
struct History {
  std::vector<HistoryPoint> points;  ///< in order of time
  Seconds step{0.0};                 ///< distance of the points asked for
  std::size_t rejected = 0;
  std::vector<std::string> warnings;
};

/// Asks one Prometheus server. Requests to a server share its pool of connections. Thread-safe; keeps no state but the
/// references, so making one per reconcile is fine. `transport` must outlive it.
class Client {
 public:
  Client(io::Transport& transport, Server server);

  /// Evaluates `query` at `time`.
  Result<Answer> instant(const std::string& query, Seconds time) const;
  /// Evaluates all queries at the same time, concurrently; answers stand in the order of the queries.
  std::vector<Result<Answer>> instant_all(const std::vector<std::string>& queries, Seconds time) const;
  /// Asks for one series over a range; long ranges are split so that no request exceeds the server's 11,000 points.
  /// kInvalid: several series, or a range without a step. No series at all is an empty history, not an error.
  Result<History> range(const RangeQuery& query) const;

 private:
  io::HttpRequest request(const std::string& endpoint, const std::vector<io::Header>& fields) const;

  io::Transport& transport_;
  Server server_;
};

/// The step (a whole multiple of `finest`) at which [start, end] has at most `max_points` points.
Seconds history_step(Seconds start, Seconds end, Seconds finest, std::size_t max_points);

}  // namespace spillway::prometheus
