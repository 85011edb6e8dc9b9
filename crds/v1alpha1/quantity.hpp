#pragma once
#include <string>
#include <string_view>

#include "model/base/result.hpp"

namespace spillway::v1alpha1 {

/// A number as Kubernetes writes it without floats: "25", "12.5", "500m", "2k", "1Ki", "1e3" (resource.Quantity). The text is
/// kept so that it goes back as it came; equality is of the values.
struct ResourceQuantity {
  std::string text = "0";
  double value = 0.0;

  /// Three decimals at most, as Kubernetes keeps no more than that in practice; "0" for what is not finite.
  static ResourceQuantity of(double value);

  bool operator==(const ResourceQuantity& other) const { return value == other.value; }
};

/// Grammar of k8s.io/apimachinery/pkg/api/resource: [sign] digits [.digits] [n|u|m|k|M|G|T|P|E | Ki..Ei | (e|E)[sign]digits].
/// kInvalid names the text and what is allowed.
Result<ResourceQuantity> parse_quantity(std::string_view text);

}  // namespace spillway::v1alpha1
