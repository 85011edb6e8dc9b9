// Against the real Prometheus (Debian's), scraping two small pages.
#include <sstream>

#include "operator/io/clock.hpp"
#include "operator/io/curl_transport.hpp"
#include "operator/prometheus/observe.hpp"
#include "tests/operator/prometheus/support.hpp"

namespace spillway::prometheus {
namespace {

using test::eventually;
using test::PageServer;

Seconds now() {
  return io::to_seconds(std::chrono::system_clock::now());
}

std::string contents(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path).rdbuf();
  return out.str();
}

/// One Prometheus for all tests of the suite.
class RealServer : public testing::Test {
 protected:
  struct World {
    test::TemporaryFolder folder;
    std::atomic<bool> second_fails = false;
    PageServer first{[](const std::string&) { return page(); }};
    PageServer second{[this](const std::string&) { return second_fails ? PageServer::Page{"broken", 500} : page(); }};
    int port = test::free_port();
    std::unique_ptr<test::Program> prometheus;

    static PageServer::Page page() {
      const auto old = static_cast<long long>((now().value() - 90.0) * 1000.0);
      return {"waiting 3\nheld_back 7 " + std::to_string(old) + "\n"};
    }
  };

  static void SetUpTestSuite() {
    world = new World;
    start();
  }
  static void TearDownTestSuite() { delete std::exchange(world, nullptr); }

  static void start() {
    std::string targets = "'127.0.0.1:" + std::to_string(world->first.port()) +
                          "', '127.0.0.1:" + std::to_string(world->second.port()) + "'";
    const auto config = world->folder.write("prometheus.yml",
                                            "global: {scrape_interval: 1s}\n"
                                            "scrape_configs: [{job_name: web, static_configs: [{targets: [" +
                                                targets + "]}]}]\n");
    world->prometheus = std::make_unique<test::Program>(
        std::vector<std::string>{"/usr/bin/prometheus", "--config.file=" + config,
                                 "--storage.tsdb.path=" + world->folder.file("data"),
                                 "--web.listen-address=127.0.0.1:" + std::to_string(world->port)},
        world->folder.file("log"));
    io::CurlTransport transport;
    const bool up = eventually(
        [&] {
          const Reading reading = to_reading(Client(transport, {url(), {}}).instant("sum(up)", now()));
          return reading.usable() && *reading.value == 2.0;
        },
        std::chrono::seconds(60));
    ASSERT_TRUE(up) << contents(world->folder.file("log"));
  }

  static std::string url() { return "http://127.0.0.1:" + std::to_string(world->port); }

  static inline World* world = nullptr;
  io::CurlTransport transport;
  Client client{transport, {url(), {}}};
};

/// With two days of backfilled demand.
class RealHistory : public RealServer {
 protected:
  static constexpr int kBackfilled = 12'500;  // more than one request may return
  static constexpr double kStep = 15.0;

  static void SetUpTestSuite() {
    world = new World;
    backfill();
    start();
  }

  static void backfill() {
    backfill_start = std::floor(now().value() / kStep) * kStep - 60.0 * 3600.0;
    std::ostringstream text;
    text << std::fixed << "# TYPE load gauge\n";
    for (int i = 0; i < kBackfilled; ++i) {
      text << "load " << (i % 1000 == 999 ? "NaN" : std::to_string(i)) << ' ' << backfill_start + kStep * i << '\n';
    }
    const auto file = world->folder.write("load.om", text.str() + "# EOF\n");
    ASSERT_EQ(test::run_program(
                  {"/usr/bin/promtool", "tsdb", "create-blocks-from", "openmetrics", file, world->folder.file("data")},
                  world->folder.file("log")),
              0)
        << contents(world->folder.file("log"));
  }

  static inline double backfill_start = 0.0;
};

MetricQuery plain(const std::string& query) {
  return {query, "", "", Seconds(60)};
}

TEST_F(RealServer, AnswersAllMetricsOfAPolicyAtOneTime) {
  PolicyQueries policy;
  policy.arrival_rate = plain("sum(waiting) * 2");
  policy.backlog = plain("sum(waiting)");
  policy.throughput = plain("nothing_of_that_name");
  policy.latency = plain("vector(0) / vector(0)");
  const auto at = now();
  const auto readings = observe_metrics(client, policy, at);
  EXPECT_EQ(readings.arrival_rate.value, 12.0);
  EXPECT_EQ(readings.backlog.value, 6.0);
  EXPECT_NEAR(readings.backlog.time.value(), at.value(), 0.002);
  EXPECT_EQ(readings.throughput.absence, Absence::kEmpty);
  EXPECT_EQ(readings.latency.absence, Absence::kNotANumber);
  EXPECT_EQ(readings.utilization.absence, Absence::kNotAsked);
}

TEST_F(RealServer, TellsEachDefectOfAValueApart) {
  const auto absence_of = [&](const std::string& query) { return to_reading(client.instant(query, now())).absence; };
  EXPECT_EQ(absence_of("scalar(vector(4))"), Absence::kNone);
  EXPECT_EQ(absence_of("vector(1) / vector(0)"), Absence::kInfinite);
  EXPECT_EQ(absence_of("vector(-1) / vector(0)"), Absence::kInfinite);
  EXPECT_EQ(absence_of("vector(-1)"), Absence::kNegative);
  EXPECT_EQ(absence_of("up"), Absence::kError);
  EXPECT_EQ(absence_of("sum("), Absence::kError);
  EXPECT_EQ(absence_of("waiting[1m]"), Absence::kError);
  EXPECT_EQ(absence_of("\"text\""), Absence::kError);
}

TEST_F(RealServer, PassesOnTheServersWordsAboutABadQuery) {
  const Reading reading = to_reading(client.instant("sum(", now()));
  EXPECT_THAT(reading.detail, testing::HasSubstr("parse error"));
}

TEST_F(RealServer, AnAggregateOfOldSamplesIsStaleOnlyThroughItsFreshnessQuery) {
  PolicyQueries policy;
  policy.backlog = plain("sum(held_back)");
  EXPECT_TRUE(observe_metrics(client, policy, now()).backlog.usable()) << "an aggregate's own time says nothing";
  policy.backlog->freshness_query = "min(timestamp(held_back))";
  const Reading reading = observe_metrics(client, policy, now()).backlog;
  EXPECT_EQ(reading.absence, Absence::kStale) << reading.detail;
  EXPECT_EQ(reading.value, 14.0);
}

TEST_F(RealServer, AFailedScrapeOfOnePodMakesTheSumPartial) {
  PolicyQueries policy;
  policy.backlog = MetricQuery{"sum(waiting)", "min(timestamp(waiting))", "count(up{job=\"web\"} == 1)", Seconds(60)};
  policy.ready_pods = 2;
  ASSERT_TRUE(observe_metrics(client, policy, now()).backlog.usable());
  world->second_fails = true;
  Reading reading;
  EXPECT_TRUE(eventually(
      [&] {
        reading = observe_metrics(client, policy, now()).backlog;
        return reading.absence == Absence::kPartial && reading.value == 3.0;  // a scrape may come between the two queries
      }));
  EXPECT_EQ(reading.detail, "1 of 2 ready pods report");
  world->second_fails = false;
  EXPECT_TRUE(eventually([&] { return observe_metrics(client, policy, now()).backlog.usable(); }));
}

TEST_F(RealHistory, ReadsALongHistoryInSeveralRequestsWithoutGapOrOverlap) {
  const Seconds start(backfill_start), end(backfill_start + kStep * (kBackfilled - 1));
  const auto history = client.range({"sum(load)", start, end, Seconds(kStep)});
  ASSERT_TRUE(history) << history.error().message;
  EXPECT_EQ(history->rejected, 12u);
  ASSERT_EQ(history->points.size(), kBackfilled - 12u);
  for (const HistoryPoint& point : history->points) {
    ASSERT_NEAR(point.rate, (point.time - start).value() / kStep, 1e-6);
  }
  for (std::size_t i = 1; i < history->points.size(); ++i)
    ASSERT_GT(history->points[i].time, history->points[i - 1].time);
}

TEST_F(RealServer, AHistoryOfNothingIsEmptyAndSeveralSeriesAreAnError) {
  const auto empty = client.range({"nothing_of_that_name", Seconds(now().value() - 600), now(), Seconds(60)});
  ASSERT_TRUE(empty);
  EXPECT_TRUE(empty->points.empty());
  const auto several = client.range({"up", Seconds(now().value() - 60), now(), Seconds(1)});
  ASSERT_FALSE(several);
  EXPECT_THAT(several.error().message, testing::HasSubstr("aggregate it with sum()"));
  EXPECT_FALSE(client.range({"up", now(), now(), Seconds(0)})) << "a range without a step";
}

TEST_F(RealServer, AQueryThatTakesTooLongIsATimeout) {
  const Client hasty(transport, {url(), {}, std::chrono::milliseconds(60)});
  const Reading reading = to_reading(hasty.instant("sum_over_time(vector(1)[10d:1s])", now()));
  EXPECT_EQ(reading.absence, Absence::kTimeout) << to_string(reading.absence) << reading.detail;
}

TEST_F(RealServer, PoliciesOfOneServerAreAskedOverFewConnections) {
  // A page that answers like Prometheus counts connections, which Prometheus itself does not tell.
  PageServer counting([](const std::string&) {
    return PageServer::Page{R"({"status":"success","data":{"resultType":"scalar","result":[1,"1"]}})"};
  });
  io::CurlTransport limited({{{kPool, {4, 4}}}});
  const Client client_of_page(limited, {counting.url() + "/", {}});
  std::vector<PolicyQueries> policies(10);
  for (std::size_t i = 0; i < policies.size(); ++i) {
    policies[i].arrival_rate = MetricQuery{"rate " + std::to_string(i), "freshness shared by all", "", Seconds(60)};
    policies[i].backlog = plain("backlog " + std::to_string(i));
  }
  for (int round = 0; round < 3; ++round) {
    for (const auto& readings : observe_metrics(client_of_page, policies, Seconds(1.0))) {
      EXPECT_TRUE(readings.arrival_rate.usable());
      EXPECT_TRUE(readings.backlog.usable());
    }
  }
  EXPECT_EQ(counting.requests().size(), 3u * 21u) << "the shared query is asked once a round";
  EXPECT_LE(counting.connections(), 4);
}

TEST(Authentication, SendsTheBearerTokenAndNothingElse) {
  PageServer page([](const std::string&) { return PageServer::Page{"Unauthorized", 401}; });
  io::CurlTransport transport;
  const Reading reading =
      to_reading(Client(transport, {page.url(), {"secret", "user", "password", nullptr}}).instant("up", now()));
  EXPECT_EQ(reading.absence, Absence::kError);
  EXPECT_THAT(reading.detail, testing::HasSubstr("401"));
  ASSERT_EQ(page.requests().size(), 1u);
  EXPECT_THAT(page.requests()[0], testing::HasSubstr("authorization: Bearer secret\r\n"));
  EXPECT_THAT(page.requests()[0], testing::Not(testing::HasSubstr("Basic")));
}

TEST(Authentication, BasicAuthOverTlsNeedsTheRightPasswordAndTheRightAuthority) {
  test::TemporaryFolder folder;
  ASSERT_EQ(
      test::run_program({"/usr/bin/openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                         "-nodes", "-days", "2", "-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1",
                         "-keyout", folder.file("key.pem"), "-out", folder.file("cert.pem")},
                        folder.file("log")),
      0)
      << contents(folder.file("log"));
  // The bcrypt hash of "test", from the documentation of Prometheus' exporter toolkit.
  const auto web =
      folder.write("web.yml",
                   "tls_server_config: {cert_file: cert.pem, key_file: key.pem}\n"
                   "basic_auth_users: {reader: '$2b$12$hNf2lSsxfm0.i4a.1kVpSOVyBCfIB51VRjgBUyv6kdnyTlgWj81Ay'}\n");
  const int port = test::free_port();
  const test::Program prometheus(
      {"/usr/bin/prometheus", "--config.file=" + folder.write("p.yml", "{}\n"), "--web.config.file=" + web,
       "--storage.tsdb.path=" + folder.file("data"), "--web.listen-address=127.0.0.1:" + std::to_string(port)},
      folder.file("log"));
  io::CurlTransport transport;
  const std::string url = "https://127.0.0.1:" + std::to_string(port);
  const auto trust = std::make_shared<const io::TlsOptions>(io::TlsOptions{contents(folder.file("cert.pem")), "", ""});
  const auto ask = [&](const Auth& auth) {
    return to_reading(Client(transport, {url, auth}).instant("vector(5)", now()));
  };
  ASSERT_TRUE(eventually([&] {
    return ask({"", "reader", "test", trust}).value == 5.0;
  })) << contents(folder.file("log"));
  EXPECT_THAT(ask({"", "reader", "wrong", trust}).detail, testing::HasSubstr("401"));
  EXPECT_THAT(ask({"", "", "", trust}).detail, testing::HasSubstr("401"));
  const Reading untrusted = ask({"", "reader", "test", nullptr});
  EXPECT_EQ(untrusted.absence, Absence::kError);
  EXPECT_THAT(untrusted.detail, testing::HasSubstr("certificate"));
}

TEST(Timeout, AServerThatAcceptsAndNeverAnswersIsATimeout) {
  int port = 0;
  const int silent = test::listen_on_loopback(port);
  io::CurlTransport transport;
  const Client client(transport, {"http://127.0.0.1:" + std::to_string(port), {}, std::chrono::milliseconds(200)});
  EXPECT_EQ(to_reading(client.instant("up", now())).absence, Absence::kTimeout);
  close(silent);
  EXPECT_EQ(to_reading(client.instant("up", now())).absence, Absence::kError) << "nobody listens any more";
}

}  // namespace
}  // namespace spillway::prometheus
