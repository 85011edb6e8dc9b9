#pragma once
#include <string>
#include <vector>

#include "crds/v1alpha1/manifest_writer.hpp"

namespace spillway::onboarding {

/// A policy that was written for somebody: what it says, and what a reader must know about each field.
struct Draft {
  v1alpha1::ObjectMetadata metadata;
  v1alpha1::AutoscalerPolicySpec spec;
  v1alpha1::FieldComments comments;
  std::vector<std::string> head;  ///< paragraphs above the manifest: where it comes from, what has no equivalent

  void note(const std::string& what) { head.push_back("- " + what); }
  std::string to_yaml() const { return v1alpha1::write_policy_manifest(metadata, spec, comments, head); }
};

/// The set point that drafts write with a capacity, in percent: what a replica was asked to carry is this share of it.
inline constexpr int kSetPointPercent = 80;

/// "Each replica is to carry `load`": capacity and set point that give the same number of replicas as load / replica does.
void set_load_per_replica(Draft& draft, double load, const std::string& source);

}  // namespace spillway::onboarding
