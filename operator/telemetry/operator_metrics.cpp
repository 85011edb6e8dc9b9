#include "operator/telemetry/operator_metrics.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

namespace spillway::telemetry {

namespace {

constexpr MetricSpec kCpuSeconds{"process_cpu_seconds_total", "Total user and system CPU time spent in seconds."};
constexpr MetricSpec kResidentBytes{"process_resident_memory_bytes", "Resident memory size in bytes."};
constexpr MetricSpec kVirtualBytes{"process_virtual_memory_bytes", "Virtual memory size in bytes."};
constexpr MetricSpec kOpenFds{"process_open_fds", "Number of open file descriptors."};
constexpr MetricSpec kMaxFds{"process_max_fds", "Maximum number of open file descriptors."};
constexpr MetricSpec kStartTime{"process_start_time_seconds", "Start time of the process since unix epoch in seconds."};

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// The process's start: boot time plus field 22 of /proc/self/stat in clock ticks; 0 if /proc cannot be read.
double start_time() {
  std::ifstream stat("/proc/stat");
  double boot = 0.0;
  for (std::string word; stat >> word;) {
    if (word == "btime" && stat >> boot) break;
  }
  std::ifstream self("/proc/self/stat");
  std::string line;
  std::getline(self, line);
  const std::size_t name_end = line.rfind(')');  // the name in parentheses may hold spaces
  if (name_end == std::string::npos) return 0.0;
  std::istringstream fields(line.substr(name_end + 1));
  std::string skipped;
  for (int field = 3; field < 22; ++field) fields >> skipped;
  double ticks = 0.0;
  fields >> ticks;
  return boot + ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

void read_memory(double& virtual_bytes, double& resident_bytes) {
  std::ifstream statm("/proc/self/statm");
  const auto page = static_cast<double>(sysconf(_SC_PAGESIZE));
  if (statm >> virtual_bytes >> resident_bytes) {
    virtual_bytes *= page;
    resident_bytes *= page;
  }
}

double open_files() {
  std::error_code error;
  std::filesystem::directory_iterator entries("/proc/self/fd", error);
  if (error) return 0.0;
  return static_cast<double>(std::distance(begin(entries), end(entries)) - 1);  // without the one that reads the folder
}

double most_files() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<double>(limit.rlim_cur);
}

}  // namespace

void set_state(MetricRegistry& registry, const MetricSpec& spec, const Labels& base, const std::string& label,
               const std::string& value) {
  Labels labels = base;
  labels[label] = value;
  Gauge now = registry.gauge(spec, labels);
  if (now.value() == 1.0) return;  // unchanged: the usual case
  registry.remove_series(spec, base);
  registry.gauge(spec, labels).set(1.0);
}

void add_process_metrics(MetricRegistry& registry) {
  registry.gauge(kStartTime).set(start_time());
  registry.gauge(kMaxFds).set(most_files());
  registry.before_exposition([cpu = registry.counter(kCpuSeconds), resident = registry.gauge(kResidentBytes),
                              virtual_size = registry.gauge(kVirtualBytes), files = registry.gauge(kOpenFds)]() mutable {
    double virtual_bytes = 0.0, resident_bytes = 0.0;
    read_memory(virtual_bytes, resident_bytes);
    cpu.add(cpu_seconds() - cpu.value());
    resident.set(resident_bytes);
    virtual_size.set(virtual_bytes);
    files.set(open_files());
  });
}

}  // namespace spillway::telemetry
