#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "bench/lab/report.hpp"
#include "bench/laws/law.hpp"

namespace spillway::bench {

/// One of the ten load profiles: ticks of one second, 2 requests per tick and replica, replicas 1..188, backlog limit
/// 250.
struct Profile {
  std::string name;
  Replicas initial = 10;
  std::vector<double> arrivals;  ///< what really comes, per tick
  std::vector<double> measured;  ///< what the sensor says
};

constexpr double kProfileCapacity = 2.0;
constexpr Replicas kProfileMaxReplicas = 188;
constexpr double kProfileBacklogLimit = 250.0;

/// All ten; S4, S5 and S9 are random and depend on the seed.
std::vector<Profile> ten_profiles(std::uint64_t seed);

struct ProfileResult {
  int breach_ticks = 0;    ///< ticks that end with a backlog over the limit
  long replica_ticks = 0;  ///< pending replicas included
};

/// Plays one profile on TickPlant: before tick t the law sees the arrivals measured in tick t - 1 and the backlog left
/// by it.
ProfileResult play(const Profile& profile, int lag, Law& law);

/// The service as the laws are told of it.
Service profile_service(int lag);

/// Replays all profiles over seeds 1..seeds at lags of 0, 3 and 10 ticks for Spillway, the one-line rule
/// ceil((lambda + q/3) / (0.8 mu)), an HPA without behaviour on utilisation 0.7, and the last-tick causal answer (everything
/// at the first sign of trouble): one table per lag, medians over the seeds.
std::vector<ReportTable> profile_tables(int seeds);

}  // namespace spillway::bench
