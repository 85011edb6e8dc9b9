#include "bench/lab/report.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>

#include "bench/lab/profiles.hpp"
#include "bench/lab/simulate.hpp"
#include "bench/lab/suite.hpp"

namespace spillway::bench {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string file_text(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(Plot, TicksAreRoundNumbersThatCoverTheRange) {
  EXPECT_EQ(nice_ticks(0.0, 100.0, 5), (std::vector<double>{0, 20, 40, 60, 80, 100}));
  EXPECT_EQ(nice_ticks(0.0, 7.3, 5), (std::vector<double>{0, 2, 4, 6}));
  EXPECT_LE(nice_ticks(3.0, 1e9, 10).size(), 11U);
  EXPECT_EQ(short_number(12345.0), "12.35k");
  EXPECT_EQ(short_number(0.25), "0.25");
  EXPECT_EQ(short_number(nice_ticks(0.0, 240.0, 10).front()), "0") << "never -0";
}

TEST(Plot, AGapInTheDataIsAGapInTheLineAndNeverANumber) {
  const double none = std::numeric_limits<double>::quiet_NaN();
  const Plot plot{"t", "u", {{"a", {0, 1, 2, 3, 4}, {1, 2, none, 2, 1}, Stroke::kLine, 0}}};
  const std::string svg = render_svg(plot, 0.0, 4.0);
  const auto path = svg.substr(svg.find("class='line"), std::string::npos);
  EXPECT_EQ(std::count(path.begin(), path.end(), 'M'), 2);
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
}

TEST(Report, IsOnePageWithoutScriptOrNetworkAndEscapesWhatItShows) {
  ReportData report;
  report.title = "A <b> & c";
  report.tables.push_back({"T", {"law", "cost"}, {{"x", "12"}, {"y", "3.5"}}, "", 1});
  report.texts.push_back({"describe", "Name: <none>\n"});
  const std::string html = render_report(report);
  EXPECT_THAT(html, HasSubstr("A &lt;b&gt; &amp; c"));
  EXPECT_THAT(html, HasSubstr("Name: &lt;none&gt;"));
  EXPECT_THAT(html, HasSubstr("<tr class='best'><td>y</td>"));
  for (const char* foreign : {"<script", "http:", "https:", "url(", "@import"})
    EXPECT_THAT(html, Not(HasSubstr(foreign)));
}

TEST(Report, TablesAlignInTheTerminalAndQuoteInCsv) {
  const ReportTable table{"", {"law", "cost"}, {{"a", "1"}, {"b,\"c\"", "100"}}, ""};
  EXPECT_EQ(render_text(table), "law    cost\na         1\nb,\"c\"   100\n");
  EXPECT_EQ(render_csv(table), "law,cost\na,1\n\"b,\"\"c\"\"\",100\n");
}

TEST(Report, SaysSoWhenTheFileCannotBeWritten) {
  EXPECT_FALSE(write_report("/nonexistent-folder/report.html", {}));
}

class SimulateTest : public testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove_all(folder_); }
  const std::filesystem::path folder_ =
      std::filesystem::path(testing::TempDir()) / ("spillway-simulate-" + std::to_string(::getpid()));
};

TEST_F(SimulateTest, WritesTheThreeFilesAndPrintsOneRowPerLaw) {
  SimulateOptions options;
  options.out_dir = folder_.string();
  std::ostringstream out, err;
  ASSERT_EQ(run_simulate(options, out, err), 0) << err.str();
  EXPECT_THAT(out.str(), HasSubstr("Spillway"));
  EXPECT_THAT(out.str(), HasSubstr("HPA rate 80%"));
  const std::string summary = file_text(folder_ / "summary.json");
  for (const char* key : {"\"config\"", "\"n_points\"", "\"hpa\"", "\"mpc\"", "\"delta_mpc_minus_hpa\"",
                          "\"slo_violation_ratio\"", "\"overflow_p95_replicas\""})
    EXPECT_THAT(summary, HasSubstr(key));
  const std::string trajectory = file_text(folder_ / "trajectory.csv");
  EXPECT_EQ(std::count(trajectory.begin(), trajectory.end(), '\n'), 1 + 2 * 240);
  EXPECT_THAT(trajectory, Not(HasSubstr("nan")));
  EXPECT_THAT(file_text(folder_ / "report.html"), HasSubstr("</html>"));
}

TEST_F(SimulateTest, TheSameSeedPrintsTheSameBytesAndAnUnknownLawIsRefused) {
  SimulateOptions options;
  options.json = true;
  std::ostringstream one, two, err;
  ASSERT_EQ(run_simulate(options, one, err), 0);
  ASSERT_EQ(run_simulate(options, two, err), 0);
  EXPECT_EQ(one.str(), two.str());
  options.laws = {"spillway", "magic"};
  EXPECT_EQ(run_simulate(options, one, err), 2);
  EXPECT_THAT(err.str(), HasSubstr("law: magic: allowed are"));
}

TEST(TenProfiles, TheRuleAndTheCausalBoundGiveThePublishedFiguresOnTheFixedProfiles) {
  // Published for one draw of the random profiles; S1, S2, S3, S6, S7, S8 and S10 do not depend on it.
  const auto tables = profile_tables(1);
  ASSERT_EQ(tables.size(), 3U);
  const auto cell = [&](std::size_t lag, std::size_t profile, std::size_t law) {
    return tables[lag].rows[profile][law + 1];
  };
  EXPECT_EQ(cell(0, 0, 1), "0 / 1976");
  EXPECT_THAT(cell(1, 2, 1), testing::StartsWith("6 / "));
  EXPECT_THAT(cell(1, 0, 3), testing::StartsWith("1 / "));
  EXPECT_THAT(cell(2, 0, 3), testing::StartsWith("10 / "));
  EXPECT_THAT(cell(2, 2, 3), testing::StartsWith("22 / "));
  EXPECT_THAT(cell(2, 6, 3), testing::StartsWith("7 / "));
  EXPECT_THAT(cell(2, 7, 3), testing::StartsWith("8 / "));
  for (std::size_t p = 0; p < 10; ++p) EXPECT_THAT(cell(0, p, 3), testing::StartsWith("0 / "));
}

TEST(TenProfiles, HaveTheirLengthsAndFaults) {
  const auto profiles = ten_profiles(1);
  std::size_t ticks = 0;
  for (const Profile& profile : profiles) ticks += profile.arrivals.size();
  EXPECT_EQ(ticks, 680U);
  EXPECT_EQ(profiles[9].measured[14], 1e6);
  EXPECT_EQ(profiles[9].arrivals[14], 30.0);
}

TEST(Suite, PlaysGeneratedTracesOnTwoThreadsWithTheSameResultAsOnOne) {
  SuiteOptions options;
  options.laws = {"rule-max", "hpa"};
  options.lags = {30.0};
  options.peak_replicas = 4.0;
  std::ostringstream progress;
  const auto two = run_suite(options, progress);
  options.threads = 1;
  const auto one = run_suite(options, progress);
  ASSERT_TRUE(one && two);
  EXPECT_EQ(render_csv(full_table(*one)), render_csv(full_table(*two)));
  for (const Cell& cell : one->cells)
    for (const Summary& summary : cell.laws) EXPECT_GE(summary.cost, cell.bound.cost) << cell.trace;
  EXPECT_THAT(render_text(law_table(*one, 30.0)), HasSubstr("HPA, best target in hindsight"));
}

TEST(Suite, AFolderWithoutTracesIsAnError) {
  SuiteOptions options;
  options.traces_dir = "/nonexistent-folder";
  std::ostringstream progress;
  const auto result = run_suite(options, progress);
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, HasSubstr("/nonexistent-folder"));
}

}  // namespace
}  // namespace spillway::bench
