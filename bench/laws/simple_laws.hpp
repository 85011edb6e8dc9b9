#pragma once
#include <deque>

#include "bench/laws/law.hpp"

namespace spillway::bench {

/// Always the same number.
class Static : public Law {
 public:
  Static(Service service, Replicas replicas) : service_(service), replicas_(replicas) {}
  std::string name() const override { return "static " + std::to_string(replicas_); }
  double period() const override { return service_.period; }
  Replicas decide(const Sight&) override { return replicas_; }

 private:
  Service service_;
  Replicas replicas_;
};

/// ceil((lambda + backlog / T) / (rho mu)), optionally the largest of that over the last `hold` seconds. The rule every
/// other law has to beat.
class OneLineRule : public Law {
 public:
  OneLineRule(Service service, double hold) : service_(service), hold_(hold) {}
  std::string name() const override { return hold_ > 0.0 ? "one-line rule, max" : "one-line rule"; }
  double period() const override { return service_.period; }
  Replicas decide(const Sight& sight) override;

 private:
  Service service_;
  double hold_;
  std::deque<std::pair<double, Replicas>> past_;
};

/// Reads its sensor with the wrong sign: shrinks when load grows. There to show that the laboratory can tell.
class Broken : public Law {
 public:
  explicit Broken(Service service) : service_(service) {}
  std::string name() const override { return "broken"; }
  double period() const override { return service_.period; }
  Replicas decide(const Sight& sight) override;

 private:
  Service service_;
  double highest_ = 0.0;
};

}  // namespace spillway::bench
