#include "controllers/opt_in/annotation.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "controllers/opt_in/policy_object_json.hpp"
#include "crds/v1alpha1/codec.hpp"

namespace spillway::opt_in {
namespace {

kube::ObjectMeta annotated(const char* value) {
  kube::ObjectMeta meta;
  meta.annotations = {{kEnable, value}};
  return meta;
}

TEST(Annotation, OfADeploymentAsksForAPolicy) {
  EXPECT_TRUE(wants_policy(annotated("true"), nullptr));
  EXPECT_FALSE(wants_policy(annotated("yes"), nullptr)) << "one word, so that nobody opts in by accident";
  EXPECT_FALSE(wants_policy({}, nullptr));
}

TEST(Annotation, OfANamespaceAsksForAllButThoseThatSayNo) {
  const kube::ObjectMeta ns = annotated("true");
  EXPECT_TRUE(wants_policy({}, &ns));
  EXPECT_FALSE(wants_policy(annotated("false"), &ns));
  const kube::ObjectMeta not_asking = annotated("false");
  EXPECT_TRUE(wants_policy(annotated("true"), &not_asking));
}

TEST(CreatedPolicy, IsOwnedByItsDeploymentAndDecodes) {
  onboarding::Workload workload{"shop", "Deployment", "web", "app=web", 3};
  kube::Workload deployment;
  deployment.meta.ns = "shop";
  deployment.meta.name = "web";
  deployment.meta.uid = "u1";
  const auto draft = onboarding::policy_for(workload, "apps/v1", {}, {}, std::nullopt);
  const kube::Json object = policy_to_create(draft, deployment, true);
  const auto policy = v1alpha1::decode_policy(object);
  ASSERT_TRUE(policy) << policy.error().message;
  EXPECT_EQ(policy->spec.mode, Mode::kDryRun);
  EXPECT_EQ(policy->metadata.annotations.at(kGuess), "true");
  EXPECT_EQ(object.at("metadata").at("ownerReferences").at(0).at("uid"), "u1");
}

}  // namespace
}  // namespace spillway::opt_in
