// Real requests to real workload processes over loopback.
#include "operator/load/generator.hpp"

#include <fstream>
#include <sstream>

#include "operator/io/curl_transport.hpp"
#include "operator/load/command.hpp"
#include "operator/load/report.hpp"
#include "tests/operator/workload/workload_process.hpp"

namespace spillway::load {
namespace {

using namespace std::chrono_literals;
using test::WorkloadProcess;
using testing::HasSubstr;

workload::WorkloadOptions service(double sleep_ms, int workers = 1) {
  workload::WorkloadOptions options;
  options.work.sleep_ms = sleep_ms;
  options.workers = workers;
  return options;
}

LoadTarget fixed(const std::string& name, EndpointList urls) {
  return {name, std::make_shared<const FixedEndpoints>(std::move(urls))};
}

LoadOptions plan(double rate, double seconds) {
  LoadOptions options;
  options.plan = {{RequestsPerSecond(rate), Seconds(seconds)}};
  options.arrivals = Arrivals::kUniform;
  return options;
}

class Generator : public testing::Test {
 protected:
  Report report_of(const LoadOptions& options, const std::vector<LoadTarget>& targets) {
    io::CurlTransport transport;
    results = run_load(options, targets, transport, clock);
    return summarize(results.at(0), Seconds(0), length(options.plan), 500);
  }
  io::SystemClock clock;
  std::vector<TargetRecords> results;
};

TEST_F(Generator, SendsEveryScheduledRequestOnceToEveryTarget) {
  WorkloadProcess a(service(1)), b(service(1));
  const Report first = report_of(plan(100, 1), {fixed("a", {a.url()}), fixed("b", {b.url()})});
  EXPECT_EQ(first.ok, 100u);
  EXPECT_EQ(summarize(results.at(1), Seconds(0), Seconds(1), 500).ok, 100u);
  const std::string received = "toy_http_requests_received_total{method=\"GET\",path=\"/work\"}";
  EXPECT_EQ(test::metric(a.port(), received), 100.0);
  EXPECT_EQ(test::metric(b.port(), received), 100.0);
  for (std::size_t i = 0; i < 100; ++i) EXPECT_EQ(results[0].records[i].scheduled_s, results[1].records[i].scheduled_s);
}

TEST_F(Generator, AStalledServiceShowsInTheLatencyOfEveryRequestThatHadToWait) {
  // One request holds the only worker for a second; a closed loop would have sent nothing meanwhile and reported one
  // slow request.
  WorkloadProcess process(service(0));
  test::Connection staller(process.port());
  staller.get("/work?sleep_ms=1000");
  ASSERT_TRUE(test::eventually([&] { return test::metric(process.port(), "toy_in_flight_requests") == 1.0; }));
  const Report report = report_of(plan(40, 0.5), {fixed("web", {process.url()})});
  EXPECT_EQ(report.ok, 20u);
  EXPECT_GT(report.latency.p50, 300.0);
  EXPECT_EQ(report.outcomes.size(), 1u);
}

TEST_F(Generator, LatencyCountsFromTheScheduleEvenWhenTheGeneratorIsLate) {
  class StallingSource final : public EndpointSource {  // holds up the first send, like a machine that is busy
   public:
    explicit StallingSource(std::string url)
        : list_(std::make_shared<const EndpointList>(EndpointList{std::move(url)})) {}
    std::shared_ptr<const EndpointList> endpoints() const override {
      if (!std::exchange(stalled_, true)) std::this_thread::sleep_for(400ms);
      return list_;
    }

   private:
    std::shared_ptr<const EndpointList> list_;
    mutable bool stalled_ = false;
  };
  WorkloadProcess process(service(0));
  const Report report = report_of(plan(20, 0.3), {{"web", std::make_shared<const StallingSource>(process.url())}});
  EXPECT_EQ(report.ok, 6u);
  EXPECT_GE(report.latency.max, 400.0);
  EXPECT_GE(report.latency.p50, 200.0);
  EXPECT_GE(report.generator_lag_ms_p99, 400.0);
}

TEST_F(Generator, SendsTheFasterPodMoreAndQueuesLittleOnTheSlowOne) {
  WorkloadProcess fast(service(1)), slow(service(100));
  const Report report = report_of(plan(60, 2), {fixed("web", {slow.url(), fast.url()})});
  EXPECT_EQ(report.ok, 120u);
  const std::string received = "toy_http_requests_received_total{method=\"GET\",path=\"/work\"}";
  const double to_fast = *test::metric(fast.port(), received), to_slow = *test::metric(slow.port(), received);
  EXPECT_EQ(to_fast + to_slow, 120.0);
  EXPECT_GT(to_fast, 2 * to_slow) << "round robin would give each 60";
  EXPECT_GT(to_slow, 0.0);
}

TEST_F(Generator, CountsTimeoutsRefusalsAndAbsentPodsApart) {
  WorkloadProcess process(service(60000));
  LoadOptions options = plan(100, 0.8);
  options.timeout = 1500ms;
  const Report full = report_of(options, {fixed("web", {process.url()})});
  EXPECT_EQ(full.outcomes.at("timeout"), 65u) << "one in service, 64 waiting";
  EXPECT_EQ(full.outcomes.at("503"), 15u);
  EXPECT_GE(full.latency.p50, 1490.0);
  const Report nobody = report_of(plan(50, 0.2), {fixed("web", {})});
  EXPECT_EQ(nobody.outcomes.at("no ready endpoint"), 10u);
  const std::string gone = [] { return WorkloadProcess(service(0)).url(); }();
  const Report refused = report_of(plan(50, 0.2), {fixed("web", {gone})});
  EXPECT_EQ(refused.outcomes.at("connection failed"), 10u);
}

TEST_F(Generator, SaysWhenItsOwnLimitWasReached) {
  WorkloadProcess process(service(500));
  LoadOptions options = plan(50, 0.2);
  options.max_outstanding = 3;
  EXPECT_EQ(report_of(options, {fixed("web", {process.url()})}).outcomes.at("generator's own limit"), 7u);
}

TEST_F(Generator, StopsWhenAskedAndSaysWhatWasUnfinished) {
  WorkloadProcess process(service(60000));
  std::stop_source stop;
  io::CurlTransport transport;
  const auto results_now = run_load(plan(100, 3600), {fixed("web", {process.url()})}, transport, clock,
                                    stop.get_token(), [&](const Progress& p) {
                                      if (p.targets[0].outstanding > 0) stop.request_stop();
                                    });
  const Report report = summarize(results_now.at(0), Seconds(0), Seconds(3600), 500);
  EXPECT_GT(report.outcomes.at("unfinished"), 0u);
  EXPECT_LT(report.scheduled, 1000u);
}

TEST_F(Generator, StartsAtTheGivenTime) {
  WorkloadProcess process(service(0));
  LoadOptions options = plan(10, 0.2);
  options.start_at = clock.wall() + 300ms;
  report_of(options, {fixed("web", {process.url()})});
  EXPECT_GE(clock.wall(), *options.start_at + 150ms);
}

TEST(LoadCommand, RunsATraceAndWritesReportAndSeries) {
  WorkloadProcess process(service(1));
  char folder[] = "/tmp/spillway-load-XXXXXX";
  ASSERT_NE(mkdtemp(folder), nullptr);
  const std::string trace = std::string(folder) + "/trace.csv", series = std::string(folder) + "/series.csv";
  std::ofstream(trace) << "seconds,rps\n0,20\n1,40\n";
  LoadCommand command;
  command.targets = {"web=" + process.url()};
  command.trace_file = trace;
  command.scale = 0.5;
  command.options.arrivals = Arrivals::kUniform;
  command.output = "json";
  command.series_file = series;
  std::ostringstream out, err;
  EXPECT_EQ(run_load_command(command, io::SystemClock(), out, err), 0) << err.str();
  EXPECT_THAT(out.str(), HasSubstr("\"scheduled\": 30"));
  EXPECT_THAT(out.str(), HasSubstr("\"name\": \"web [1-2s]\""));
  EXPECT_THAT(err.str(), HasSubstr("web: "));
  std::ostringstream rows;
  rows << std::ifstream(series).rdbuf();
  EXPECT_THAT(rows.str(), HasSubstr("web,0,10,10,10,0,"));
  EXPECT_THAT(rows.str(), HasSubstr("web,1,20,20,20,0,"));
  for (const auto& path : {trace, series}) unlink(path.c_str());
  rmdir(folder);
}

TEST(LoadCommand, NamesWhatIsWrongWithItsInput) {
  const auto run = [](auto change) {
    LoadCommand command;
    command.targets = {"http://127.0.0.1:1"};
    command.phases = "1x1s";
    change(command);
    std::ostringstream out, err;
    EXPECT_EQ(run_load_command(command, io::SystemClock(), out, err), 2);
    return err.str();
  };
  EXPECT_THAT(run([](LoadCommand& c) { c.targets.clear(); }), HasSubstr("no target"));
  EXPECT_THAT(run([](LoadCommand& c) { c.targets = {"web"}; }), HasSubstr("target: 'web'"));
  EXPECT_THAT(run([](LoadCommand& c) { c.phases = ""; }), HasSubstr("either rate phases"));
  EXPECT_THAT(run([](LoadCommand& c) { c.trace_file = "x"; }), HasSubstr("either rate phases"));
  EXPECT_THAT(run([](LoadCommand& c) { c.phases = "100000x1h"; }), HasSubstr("at most 2000000"));
  EXPECT_THAT(run([](LoadCommand& c) { c.scale = -1; }), HasSubstr("scale: '-1'"));
  EXPECT_THAT(run([](LoadCommand& c) { c.output = "xml"; }), HasSubstr("table or json"));
}

}  // namespace
}  // namespace spillway::load
