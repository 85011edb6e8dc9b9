#pragma once
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "model/base/result.hpp"
#include "model/loop/step.hpp"

namespace spillway::record {

// The decision record: JSON Lines that let anybody replay what an operator decided. Lines of several policies may be
// mixed; `key` ("namespace/name") tells them apart. No newline at the end of a line.
//
//   {"record": 1, "key": "shop/checkout", "start": 1.7e9, "policy": {...}, "history": [[seconds, rps], ...]}   memory
//   begins
//   {"key": "shop/checkout", "policy": {...}}                                                                  the
//   policy was edited
//   {"key": "shop/checkout", "observation": {...}, "decision": {...}}                                          one step

std::string start_line(const std::string& key, const Policy& policy, std::span<const HistoryPoint> history,
                       Seconds now);
std::string policy_line(const std::string& key, const Policy& policy);
std::string step_line(const std::string& key, Seconds now, const Observation& observation,
                      const decide::Decision& decision, const plan::Plan& plan);

/// One recorded step as it was played again, with what the record alone does not hold: the policy in force and the trace.
struct ReplayedStep {
  Seconds now{0.0};
  Policy policy;
  Observation observation;
  decide::Decision decision;
  loop::Trace trace;
};

/// Runs the recorded observations through step() again and compares each decision, plan included, exactly.
class Replayer {
 public:
  enum class Outcome {
    kStarted,  ///< a start, or an edit of the policy: nothing to compare
    kSame,
    kDifferent,
    kSkipped,  ///< a policy whose start is not in the record (the log was rotated)
  };
  struct Answer {
    Outcome outcome = Outcome::kStarted;
    std::string key;
    std::string recorded;  ///< the decision lines, for kSame and kDifferent
    std::string replayed;
    std::optional<ReplayedStep> step;  ///< for kSame and kDifferent
  };

  Replayer();
  ~Replayer();

  /// Takes the next line. Errors: kInvalid for a malformed line.
  Result<Answer> feed(std::string_view line);

 private:
  struct Course;
  std::map<std::string, std::unique_ptr<Course>, std::less<>> courses_;
};

}  // namespace spillway::record
