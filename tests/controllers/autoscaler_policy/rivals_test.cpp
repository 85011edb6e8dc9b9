#include "controllers/autoscaler_policy/rivals.hpp"

namespace spillway::autoscaler_policy {
namespace {

std::shared_ptr<const PolicyObject> policy(const std::string& name, int created, Mode mode = Mode::kActive) {
  auto object = std::make_shared<PolicyObject>();
  object->meta.ns = "shop";
  object->meta.name = name;
  object->meta.uid = "uid-" + name;
  object->meta.created = io::WallTime(std::chrono::seconds(created));
  object->policy.emplace();
  object->policy->spec.scale_target_ref = {"apps/v1", "Deployment", "checkout"};
  object->policy->spec.mode = mode;
  return object;
}

std::shared_ptr<const kube::Autoscaler> autoscaler(const std::string& api_version, const std::string& kind,
                                                   const std::string& target) {
  auto hpa = std::make_shared<kube::Autoscaler>();
  hpa->meta.ns = "shop";
  hpa->meta.name = "hpa";
  hpa->target = {api_version, kind, target};
  return hpa;
}

TEST(FindRival, names_an_autoscaler_of_the_same_target_and_the_fix) {
  const auto rival = find_rival(*policy("a", 1), {{autoscaler("apps/v1", "Deployment", "checkout")}, {}, {}});
  ASSERT_TRUE(rival);
  EXPECT_EQ(rival->who, "HorizontalPodAutoscaler shop/hpa");
  EXPECT_THAT(rival->fix, testing::HasSubstr("kubectl delete hpa -n shop hpa"));
}

TEST(FindRival, names_a_scaled_object_together_with_its_hpa_and_says_which_one_to_delete) {
  auto made_by_keda = std::make_shared<kube::Autoscaler>(*autoscaler("apps/v1", "Deployment", "checkout"));
  made_by_keda->meta.owner = kube::OwnerReference{"keda.sh/v1alpha1", "ScaledObject", "scaled", "u"};
  auto scaled = std::make_shared<kube::Autoscaler>(*autoscaler("apps/v1", "Deployment", "checkout"));
  scaled->meta.name = "scaled";
  const auto both = find_rival(*policy("a", 1), {{made_by_keda}, {scaled}, {}});
  ASSERT_TRUE(both);
  EXPECT_EQ(both->who, "ScaledObject shop/scaled and its HorizontalPodAutoscaler shop/hpa");
  EXPECT_THAT(both->fix, testing::HasSubstr("kubectl delete scaledobject -n shop scaled"));
  const auto only_hpa_seen = find_rival(*policy("a", 1), {{made_by_keda}, {}, {}});
  ASSERT_TRUE(only_hpa_seen);
  EXPECT_EQ(only_hpa_seen->fix, both->fix) << "an HPA of KEDA's would come back";
}

TEST(RivalWatch, keeps_a_rival_until_it_has_been_gone_for_ten_periods) {
  RivalWatch watch;
  const io::MonotonicTime start{};
  const std::chrono::seconds period(15);
  EXPECT_FALSE(watch.look(std::nullopt, start, period)) << "nobody was there: nobody is waited for";
  EXPECT_FALSE(watch.look(Rival{"HPA", "HPA", "delete"}, start, period)->gone);
  const auto gone = watch.look(std::nullopt, start + 9 * period, period);
  ASSERT_TRUE(gone);
  EXPECT_TRUE(gone->gone);
  EXPECT_EQ(gone->who, "HPA");
  EXPECT_FALSE(watch.look(Rival{"HPA", "HPA", "delete"}, start + 9 * period, period)->gone) << "it is back";
  EXPECT_TRUE(watch.look(std::nullopt, start + 18 * period, period));
  EXPECT_FALSE(watch.look(std::nullopt, start + 19 * period, period));
}

TEST(FindRival, compares_groups_and_not_versions) {
  EXPECT_TRUE(find_rival(*policy("a", 1), {{autoscaler("apps/v1beta1", "Deployment", "checkout")}, {}, {}}));
  EXPECT_FALSE(find_rival(*policy("a", 1), {{autoscaler("argoproj.io/v1", "Deployment", "checkout")}, {}, {}}));
  EXPECT_FALSE(find_rival(*policy("a", 1), {{autoscaler("apps/v1", "StatefulSet", "checkout")}, {}, {}}));
  EXPECT_FALSE(find_rival(*policy("a", 1), {{autoscaler("apps/v1", "Deployment", "cart")}, {}, {}}));
}

TEST(FindRival, lets_the_oldest_active_policy_scale) {
  const auto old = policy("z-old", 1), young = policy("a-young", 2);
  const Neighbours both{{}, {}, {old, young}};
  EXPECT_FALSE(find_rival(*old, both));
  ASSERT_TRUE(find_rival(*young, both));
  EXPECT_EQ(find_rival(*young, both)->who, "AutoscalerPolicy shop/z-old");
}

TEST(FindRival, does_not_mind_policies_that_write_nothing) {
  EXPECT_FALSE(find_rival(*policy("young", 2), {{}, {}, {policy("old", 1, Mode::kDryRun)}}));
  EXPECT_FALSE(find_rival(*policy("young", 2), {{}, {}, {policy("old", 1, Mode::kPaused)}}));
}

/// Moments of a target with a period of 10 s and a cooldown of 60 s.
class Writers : public testing::Test {
 protected:
  OtherWriters::Verdict look(double now, Replicas replicas, const std::string& last_writer) {
    return writers_.look(replicas, {{last_writer, "scale", {}}}, Seconds(now), Seconds(60), Seconds(10));
  }
  OtherWriters writers_;
};

TEST_F(Writers, take_the_manifests_initial_value_for_no_conflict) {
  EXPECT_TRUE(look(0, 3, "kubectl-client-side-apply").who.empty());
  EXPECT_TRUE(look(10, 3, "kubectl-client-side-apply").who.empty());
}

TEST_F(Writers, do_not_mind_an_own_write) {
  writers_.wrote(5);
  EXPECT_TRUE(look(0, 5, kFieldManager).who.empty());
}

TEST_F(Writers, hold_one_human_write_for_one_cooldown) {
  writers_.wrote(5);
  const auto first = look(0, 2, "kubectl");
  EXPECT_EQ(first.who, "kubectl");
  EXPECT_FALSE(first.yielding);
  EXPECT_EQ(first.wanted, 2);
  EXPECT_EQ(look(59, 2, "kubectl").who, "kubectl");
  EXPECT_TRUE(look(61, 2, "kubectl").who.empty());
}

TEST_F(Writers, yield_to_repetition_until_it_has_stopped_for_ten_periods) {
  writers_.wrote(5);
  look(0, 2, "argocd");
  const auto second = look(30, 3, "argocd");
  EXPECT_TRUE(second.yielding);
  EXPECT_TRUE(look(129, 3, "argocd").yielding);
  EXPECT_TRUE(look(131, 3, "argocd").who.empty());
}

TEST_F(Writers, count_again_from_one_after_a_long_pause) {
  writers_.wrote(5);
  look(0, 2, "kubectl");
  writers_.wrote(5);
  const auto much_later = look(5000, 2, "kubectl");
  EXPECT_EQ(much_later.who, "kubectl");
  EXPECT_FALSE(much_later.yielding);
}

TEST_F(Writers, recognise_an_own_write_after_a_restart) {
  look(0, 5, kFieldManager);
  EXPECT_EQ(look(10, 2, "kubectl").who, "kubectl");
}

}  // namespace
}  // namespace spillway::autoscaler_policy
