#include "crds/v1alpha1/codec.hpp"

#include <nlohmann/json.hpp>

#include "tests/crds/v1alpha1/files.hpp"

namespace spillway::v1alpha1 {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;

AutoscalerPolicy decoded(const Json& object) {
  auto policy = decode_policy(object);
  EXPECT_TRUE(policy) << policy.error().message;
  return policy ? *policy : AutoscalerPolicy{};
}

TEST(Codec, RejectsEveryPolicyOfTheTableWithTheWordsOfTheApiServer) {
  const Json table = testing::invalid_policies();
  ASSERT_GE(table["policies"].size(), 40u);
  for (const Json& row : table["policies"]) {
    Json object = table["base"];
    object.merge_patch(row["patch"]);
    const auto policy = decode_policy(object);
    ASSERT_FALSE(policy) << row["name"];
    EXPECT_EQ(policy.error().kind, ErrorKind::kInvalid);
    for (const Json& words : row["says"]) EXPECT_THAT(policy.error().message, HasSubstr(words.get<std::string>())) << row["name"];
  }
}

TEST(Codec, AcceptsTheBaseThatTheTableMakesInvalid) { EXPECT_TRUE(decode_policy(testing::valid_policy())); }

TEST(Codec, AcceptsEveryExample) {
  int seen = 0;
  for (const auto& file : std::filesystem::directory_iterator(testing::repository() / "examples/policies")) {
    if (file.path().extension() != ".yaml") continue;
    const auto policy = load_policy_file(file.path());
    EXPECT_TRUE(policy) << policy.error().message;
    ++seen;
  }
  EXPECT_GE(seen, 2);
}

TEST(Codec, FillsInTheDefaultsOfWhatIsLeftOut) {
  const AutoscalerPolicy policy = decoded(testing::valid_policy());
  EXPECT_EQ(policy.metadata.name, "policy");
  EXPECT_EQ(policy.spec.min_replicas, 2);
  EXPECT_EQ(policy.spec.mode, Mode::kActive);
  EXPECT_EQ(policy.spec.control_period_seconds, 15);
  EXPECT_EQ(policy.spec.objective.max_queue_delay_milliseconds, 500);
  EXPECT_FALSE(policy.spec.objective.target_utilization_percent);
  EXPECT_EQ(policy.spec.fallback.after_seconds, 300);
}

TEST(Codec, ReadsEveryPartOfTheFullExample) {
  const auto policy = load_policy_file(testing::repository() / "examples/policies/full.yaml");
  ASSERT_TRUE(policy) << policy.error().message;
  const AutoscalerPolicySpec& spec = policy->spec;
  EXPECT_EQ(spec.mode, Mode::kDryRun);
  EXPECT_EQ(spec.objective.target_utilization_percent, 80);
  EXPECT_DOUBLE_EQ(spec.objective.late_penalty->value, 1.0);
  EXPECT_EQ(spec.metrics.prometheus.bearer_token_secret_ref->key, "token");
  EXPECT_EQ(spec.metrics.arrival_rate->max_age_seconds, 60);
  EXPECT_FALSE(spec.metrics.backlog->includes_in_service);
  EXPECT_DOUBLE_EQ(spec.capacity.requests_per_second_per_replica->value, 25.0);
  ASSERT_EQ(spec.schedule.size(), 2u);
  EXPECT_EQ(spec.schedule[0].cron, "0 8 * * 1-5");
  EXPECT_EQ(spec.schedule[1].max_replicas, 20);
  EXPECT_EQ(spec.fallback.on_missing_metrics, FallbackAction::kReplicas);
}

TEST(Codec, TakesWholeNumbersAndTextForAQuantity) {
  Json object = testing::valid_policy();
  object["spec"]["capacity"] = {{"requestsPerSecondPerReplica", 25}};
  EXPECT_DOUBLE_EQ(decoded(object).spec.capacity.requests_per_second_per_replica->value, 25.0);
  object["spec"]["capacity"] = {{"requestsPerSecondPerReplica", "1500m"}};
  EXPECT_DOUBLE_EQ(decoded(object).spec.capacity.requests_per_second_per_replica->value, 1.5);
}

TEST(Codec, NamesAllFaultsAtOnce) {
  Json object = testing::valid_policy();
  object["spec"]["mode"] = "Off";
  object["spec"]["minReplicas"] = -1;
  const auto policy = decode_policy(object);
  ASSERT_FALSE(policy);
  EXPECT_THAT(policy.error().message, HasSubstr("spec.mode: Unsupported value: \"Off\""));
  EXPECT_THAT(policy.error().message, HasSubstr("spec.minReplicas: Invalid value: -1: should be greater than or equal to 0"));
}

TEST(Codec, RejectsAnotherKindAndUnknownTopLevelFields) {
  Json object = testing::valid_policy();
  object["kind"] = "HorizontalPodAutoscaler";
  object["sepc"] = Json::object();
  const auto policy = decode_policy(object);
  ASSERT_FALSE(policy);
  EXPECT_THAT(policy.error().message, HasSubstr("supported values: \"AutoscalerPolicy\""));
  EXPECT_THAT(policy.error().message, HasSubstr("unknown field \"sepc\""));
}

TEST(Codec, SurvivesAStatusThatANewerOperatorWrote) {
  Json object = testing::valid_policy();
  object["status"] = {{"desiredReplicas", 7}, {"fromTheFuture", true}, {"zone", "Twilight"}};
  EXPECT_EQ(decoded(object).status.desired_replicas, 7);
}

AutoscalerPolicyStatus full_status() {
  AutoscalerPolicyStatus status;
  status.observed_generation = 3;
  const Time noon = *parse_time("2026-01-31T12:00:00Z");
  status.conditions = {{"Ready", ConditionStatus::kTrue, "Operating", "all is well", 3, noon}};
  status.current_replicas = 5;
  status.last_scale_time = noon;
  status.zone = Zone::kWarning;
  status.effective_parameters = {{"horizonSeconds", "180"}};
  status.estimate = EstimateStatus{ResourceQuantity::of(120.5), ResourceQuantity::of(3), std::nullopt, std::nullopt, 100, 80};
  status.plan = PlanStatus{180, {{0, 5, ResourceQuantity::of(3.25)}}, "Exact", 2};
  status.last_decision = LastDecision{noon, 5, ResourceQuantity::of(6.4), 7, "PlannedGrowth", "because", "maxReplicas",
                                      {{"maxReplicas", ResourceQuantity::of(1.5)}}, {{"Cooldown", 8, 7, "still cooling"}}};
  return status;
}

TEST(StatusCodec, GivesBackWhatWasWritten) {
  Json object = testing::valid_policy();
  object["status"] = encode_status(full_status());
  EXPECT_EQ(decoded(object).status, full_status());
}

TEST(StatusCodec, WritesTheDocumentForServerSideApply) {
  ObjectMetadata metadata;
  metadata.name = "checkout";
  metadata.namespace_name = "shop";
  metadata.uid = "u-1";
  const Json document = status_apply_document(metadata, full_status());
  EXPECT_EQ(document["apiVersion"], kApiVersion);
  EXPECT_EQ(document["metadata"], Json({{"name", "checkout"}, {"namespace", "shop"}, {"uid", "u-1"}}));
  EXPECT_FALSE(document.contains("spec"));
  EXPECT_EQ(document["status"]["lastDecision"]["final"], 7);
  EXPECT_EQ(document["status"]["conditions"][0]["lastTransitionTime"], "2026-01-31T12:00:00Z");
}

TEST(StatusCodec, CutsWhatTheSchemaWouldRefuse) {
  AutoscalerPolicyStatus status = full_status();
  status.last_decision->message = std::string(1023, 'x') + "\xC3\xA9";  // the e with accent would cross the limit
  status.plan->stages.assign(20, {});
  const Json json = encode_status(status);
  EXPECT_EQ(json["lastDecision"]["message"].get<std::string>(), std::string(1023, 'x'));
  EXPECT_EQ(json["plan"]["stages"].size(), 12u);
}

TEST(Manifest, ReadsYamlWithTheTypesOfItsCoreSchema) {
  const auto json = yaml_to_json("a: 1\nb: \"1\"\nc: true\nd: 1.5\ne: ~\nf: [x, -2]\ng: inf\nh: 1e3\ni: 08:00\n");
  ASSERT_TRUE(json) << json.error().message;
  EXPECT_EQ(*json, Json::parse(R"({"a":1,"b":"1","c":true,"d":1.5,"e":null,"f":["x",-2],"g":"inf","h":1000.0,"i":"08:00"})"));
}

TEST(Manifest, ReadsJsonAsWell) { EXPECT_TRUE(parse_policy_manifest(testing::valid_policy().dump(2))); }

TEST(Manifest, RefusesAKeyGivenTwiceAndBrokenSyntaxWithTheLine) {
  const auto twice = yaml_to_json("a: 1\na: 2\n");
  ASSERT_FALSE(twice);
  EXPECT_THAT(twice.error().message, HasSubstr("line 2"));
  const auto broken = yaml_to_json("a: [1\n");
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().kind, ErrorKind::kInvalid);
}

TEST(Manifest, FindsThePolicyAmongOtherObjects) {
  const std::string other = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n";
  const std::string policy = testing::valid_policy().dump();
  EXPECT_TRUE(parse_policy_manifest(other + "---\n" + policy + "\n"));
  const auto none = parse_policy_manifest(other + "---\n" + other);
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().message, HasSubstr("exactly one document of kind AutoscalerPolicy, but holds 0"));
}

TEST(Manifest, SaysWhichFileCannotBeRead) {
  const auto policy = load_policy_file("/nonexistent/policy.yaml");
  ASSERT_FALSE(policy);
  EXPECT_EQ(policy.error().kind, ErrorKind::kNotFound);
  EXPECT_THAT(policy.error().message, HasSubstr("/nonexistent/policy.yaml"));
}

TEST(Time, ReadsWhatTheApiServerWrites) {
  EXPECT_EQ(format_time(*parse_time("2026-01-31T08:00:00Z")), "2026-01-31T08:00:00Z");
  EXPECT_EQ(format_time(*parse_time("2026-01-31T08:00:00.123456Z")), "2026-01-31T08:00:00Z");
  EXPECT_EQ(format_time(*parse_time("2026-01-31T09:00:00+01:00")), "2026-01-31T08:00:00Z");
  EXPECT_FALSE(parse_time("yesterday"));
}

}  // namespace
}  // namespace spillway::v1alpha1
