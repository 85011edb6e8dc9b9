#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "model/base/result.hpp"
#include "operator/kube/json.hpp"
#include "operator/kube/resource.hpp"

namespace spillway::kube {

/// A label selector as kubectl -l and scale.status.selector write it: "app=web,tier in (a,b),!canary". Empty selects all.
class LabelSelector {
 public:
  LabelSelector() = default;
  /// kInvalid names the requirement that cannot be read.
  static Result<LabelSelector> parse(std::string_view text);
  bool matches(const Labels& labels) const;

 private:
  enum class Operator { kIn, kNotIn, kExists, kNotExists };
  struct Requirement {
    std::string key;
    Operator op;
    std::vector<std::string> values;
  };
  static Result<Requirement> parse_requirement(std::string_view text);
  static bool satisfied(const Requirement& requirement, const Labels& labels);

  std::vector<Requirement> requirements_;
};

/// A metav1.LabelSelector ({matchLabels, matchExpressions}) in that same text form.
std::string selector_text(const Json& label_selector);

}  // namespace spillway::kube
