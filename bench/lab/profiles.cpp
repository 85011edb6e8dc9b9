#include "bench/lab/profiles.hpp"

#include <algorithm>
#include <cmath>

#include "bench/lab/spillway_law.hpp"
#include "bench/plant/random.hpp"
#include "bench/plant/tick_plant.hpp"

namespace spillway::bench {
namespace {

// The rule that the published comparison uses, with a drain time of 3 ticks and no memory.
class ProfileRule : public Law {
 public:
  std::string name() const override { return "one-line rule"; }
  double period() const override { return 1.0; }
  Replicas decide(const Sight& sight) override {
    const double load = std::max(0.0, *sight.seen.arrival_rate.value) + *sight.seen.backlog.value / 3.0;
    const double wanted = std::ceil(load / (0.8 * kProfileCapacity) - 1e-9);
    return static_cast<Replicas>(std::clamp(wanted, 1.0, static_cast<double>(kProfileMaxReplicas)));
  }
};

// HPA on utilisation 0.7 with its tolerance but every tick and without behaviour, as in the published comparison.
class ProfileHpa : public Law {
 public:
  std::string name() const override { return "HPA 70%, simplified"; }
  double period() const override { return 1.0; }
  Replicas decide(const Sight& sight) override {
    const double load = std::max(0.0, *sight.seen.arrival_rate.value);
    const double utilization = std::min(1.0, load / (kProfileCapacity * std::max(1, sight.seen.ready)));
    if (std::abs(1.0 - utilization / 0.7) <= 0.1) return sight.seen.replicas;
    return std::clamp(static_cast<Replicas>(std::ceil(sight.seen.replicas * utilization / 0.7)), 1,
                      kProfileMaxReplicas);
  }
};

// The published "best causal bound": hold the initial replicas until the last tick shows trouble, then ask for
// everything, for good. Nobody who starts from the same replicas learns of trouble sooner; a law that keeps spare
// replicas can still breach less.
class CausalBound : public Law {
 public:
  std::string name() const override { return "last-tick causal"; }
  double period() const override { return 1.0; }
  Replicas decide(const Sight& sight) override {
    alarmed_ |=
        *sight.seen.backlog.value > 0.0 || *sight.seen.arrival_rate.value > kProfileCapacity * sight.seen.replicas;
    return alarmed_ ? kProfileMaxReplicas : sight.seen.replicas;
  }

 private:
  bool alarmed_ = false;
};

Policy profile_policy(int lag) {
  Policy policy;
  policy.min_replicas = 1;
  policy.max_replicas = kProfileMaxReplicas;
  policy.control_period = Seconds(1.0);
  policy.horizon = Seconds(12.0);
  policy.target_utilization = 0.8;
  // The limit of 250 waiting requests is a delay of 250 / (2 n): about two seconds at the mean of sixty replicas.
  policy.max_queue_delay = Seconds(2.0);
  policy.rate_window = Seconds(1.0);
  policy.capacity = kProfileCapacity;
  policy.concurrency = 1.0;
  policy.startup = Seconds(lag);
  policy.scale_down.cooldown = Seconds(0.0);
  return policy;
}

LawPtr profile_law(std::size_t which, int lag) {
  switch (which) {
    case 0:
      return std::make_unique<SpillwayLaw>(profile_policy(lag));
    case 1:
      return std::make_unique<ProfileRule>();
    case 2:
      return std::make_unique<ProfileHpa>();
    default:
      return std::make_unique<CausalBound>();
  }
}
constexpr std::size_t kLaws = 4;

long median(std::vector<long> values) {
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

std::vector<double> ticks(int n, const std::function<double(int)>& rate) {
  std::vector<double> values;
  for (int t = 1; t <= n; ++t) values.push_back(rate(t));
  return values;
}

}  // namespace

std::vector<Profile> ten_profiles(std::uint64_t seed) {
  Random storm(seed, 24), noise(seed, 25), steps(seed, 29);
  const auto noisy = [](Random& random, double mean, double sigma) { return mean + sigma * random.normal(); };
  std::vector<Profile> all = {
      {"S1 burst and recovery", 10, ticks(70, [](int t) { return t >= 10 && t <= 30 ? 100.0 : 20.0; }), {}},
      {"S2 rising load", 10, ticks(60, [](int t) { return 20.0 + (t - 1) * 100.0 / 60.0; }), {}},
      {"S3 saturation emergency", 10, ticks(55, [](int t) { return t <= 25 ? 220.0 : 20.0; }), {}},
      {"S4 retry storm",
       20,
       ticks(60,
             [&](int t) {
               if (t < 5 || t > 35) return std::max(0.0, noisy(storm, 40.0, 2.0));
               return std::max(0.0, noisy(storm, 40.0 + 100.0 * std::min(1.0, (t - 5) / 10.0), 5.0));
             }),
       {}},
      {"S5 noisy signal",
       15,
       ticks(80,
             [&](int t) {
               const double spike = t == 20 || t == 45 || t == 65 ? 80.0 : 0.0;
               return std::max(5.0, noisy(noise, 30.0, 18.0)) + spike;
             }),
       {}},
      {"S6 scale-down", 40, ticks(60, [](int t) { return 10.0 + 3.0 * std::sin(0.15 * t); }), {}},
      {"S7 oscillating", 10, ticks(80, [](int t) { return (t / 8) % 2 == 0 ? 20.0 : 80.0; }), {}},
      {"S8 sustained high", 10, ticks(80, [](int t) { return t <= 50 ? 80.0 : 20.0; }), {}},
      {"S9 steps with noise",
       25,
       ticks(70,
             [&](int t) {
               return std::max(5.0, noisy(steps, t > 55 ? 20.0 : t > 30 ? 80.0 : 50.0, 25.0));
             }),
       {}},
      {"S10 sensor faults", 15, ticks(65, [](int) { return 30.0; }), {}},
  };
  for (Profile& profile : all) profile.measured = profile.arrivals;
  auto& faulty = all.back().measured;
  faulty[14] = 1e6, faulty[29] = -50.0, faulty[49] = 0.0;
  return all;
}

Service profile_service(int lag) {
  Service service;
  service.capacity = kProfileCapacity;
  service.target = 0.8;
  service.min = 1;
  service.max = kProfileMaxReplicas;
  service.period = 1.0;
  service.startup = lag;
  return service;
}

ProfileResult play(const Profile& profile, int lag, Law& law) {
  TickPlant plant(kProfileCapacity, lag, profile.initial);
  ProfileResult result;
  double served = 0.0;
  for (std::size_t t = 0; t < profile.arrivals.size(); ++t) {
    if (t > 0) {
      Sight sight;
      sight.now = static_cast<double>(t);
      const Seconds now(sight.now);
      sight.seen.arrival_rate = Reading::of(profile.measured[t - 1], now);
      if (profile.measured[t - 1] < 0.0)
        sight.seen.arrival_rate.absence = Absence::kNegative;  // as the operator marks it
      sight.seen.throughput = Reading::of(served, now);
      sight.seen.backlog = Reading::of(plant.backlog(), now);
      sight.seen.replicas = plant.replicas();
      sight.seen.ready = plant.ready();
      sight.seen.pending.emplace();
      int left = 0;
      for (const Replicas n : plant.pending()) {
        const double age = lag - ++left;
        for (Replicas i = 0; i < n; ++i) sight.seen.pending->push_back({Seconds(std::max(0.0, age)), true});
      }
      plant.scale(std::clamp(law.decide(sight), 1, kProfileMaxReplicas));
    }
    served = plant.advance(profile.arrivals[t]);
    result.replica_ticks += plant.replicas();
    result.breach_ticks += plant.backlog() > kProfileBacklogLimit;
  }
  return result;
}

std::vector<ReportTable> profile_tables(int seeds) {
  std::vector<ReportTable> tables;
  for (const int lag : {0, 3, 10}) {
    ReportTable table;
    table.title = "Ten profiles, start-up lag D = " + std::to_string(lag) +
                  " ticks: breach ticks / replica-ticks, medians of " + std::to_string(seeds) + " seeds";
    table.header = {"profile"};
    for (std::size_t which = 0; which < kLaws; ++which) table.header.push_back(profile_law(which, lag)->name());
    std::vector<long> breaches(kLaws, 0), replicas(kLaws, 0);
    const std::size_t count = ten_profiles(1).size();
    for (std::size_t p = 0; p < count; ++p) {
      std::vector<std::string> row = {ten_profiles(1)[p].name};
      for (std::size_t which = 0; which < kLaws; ++which) {
        std::vector<long> breach, replica;
        for (int seed = 1; seed <= seeds; ++seed) {
          const auto law = profile_law(which, lag);
          const auto result = play(ten_profiles(static_cast<std::uint64_t>(seed))[p], lag, *law);
          breach.push_back(result.breach_ticks);
          replica.push_back(result.replica_ticks);
        }
        breaches[which] += median(breach);
        replicas[which] += median(replica);
        row.push_back(std::to_string(median(breach)) + " / " + std::to_string(median(replica)));
      }
      table.rows.push_back(row);
    }
    std::vector<std::string> sum = {"sum of medians"};
    for (std::size_t which = 0; which < kLaws; ++which)
      sum.push_back(std::to_string(breaches[which]) + " / " + std::to_string(replicas[which]));
    table.rows.push_back(sum);
    tables.push_back(table);
  }
  return tables;
}

}  // namespace spillway::bench
